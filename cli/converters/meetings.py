"""Meetings as people announce them -> day, local time, zone, rule (RFC 5545), and what is in doubt."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cli.converters.zones import zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = {"other": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8}
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}

_DAY = rf"(?P<day>{'|'.join(DAYS)})s?"
_NTH = rf"(?:{'|'.join(NTH)})"
_NTHS = rf"(?P<nths>{_NTH}(?:(?:, | and |, and | & |/){_NTH})*)"
_WEEKLY = re.compile(r"weekly|every week")
_WEEKS = re.compile(rf"(?:bi-?weekly|fortnightly|every (?P<n>{'|'.join(NUMBERS)}|[2-8]) weeks?)")
_MONTHLY = re.compile(r"monthly|(?:once )?(?:every|a|each) month")
_OF_THE_MONTH = r"(?: of (?:the|each|every) month| every month| each month)"
_NTH_DAYS = re.compile(rf"(?:monthly)?[ ,-]*(?:on |every |the )*{_NTHS}(?: {_DAY})?{_OF_THE_MONTH}?")
_ON = re.compile(rf"(?:{_NTHS} )?{_DAY}")
_START = re.compile(
    r"[ ,]*\(?(?:starting|(?P<before>20\d\d) start date:)(?: on)?"
    rf"(?: (?P<day>{'|'.join(DAYS)}),?)? (?P<month>{'|'.join(MONTHS)})[a-z]*\.? "
    r"(?P<number>\d{1,2})(?:st|nd|rd|th)?(?(before)|,? (?P<year>20\d\d))\)?"
)
_IN_PASSING = re.compile(
    r"[ ,-]+(?:you must be .*|(?:interleaved|alternating) with .*|\(\[upcoming meeting dates\].*\))"
)
"""Words behind a frequency that leave the rule as it is; any others might not, and so leave none."""
_TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>am|pm)?")
_TWO_MEANINGS = re.compile(r"(?:bi|semi)-?monthly|twice .*|semi-?weekly")


@dataclass
class Meeting:
    """What was understood of `frequency`, the words; `doubts` says what was not, and there may be no rule."""

    title: str
    frequency: str
    weekday: str | None = None
    time: str | None = None
    timezone: str | None = None
    rule: str | None = None
    starts: date | None = None
    url: str | None = None
    doubts: list[str] = field(default_factory=list)

    def declared(self) -> dict[str, Any]:
        """The meeting as a community file has it."""
        given = vars(self) | {"starts": self.starts and self.starts.isoformat()}
        return {name: value for name, value in given.items() if name != "doubts" and value is not None}


def meeting(title: str, day: str, time: str, tz: str, often: str, url: str | None = None) -> Meeting:
    """The meeting that these words announce."""
    made = Meeting(title, f"{often}; {day} {time} {tz}", url=url)
    made.time = local_time(time)
    if made.time is None:
        made.doubts.append(f"the time {time!r} is not understood")
    made.timezone = zone(tz)
    if made.timezone is None:
        made.doubts.append(f"the zone {tz!r} is not understood")
    rule = _rule(made, day, often)
    if made.time and made.timezone:
        made.rule = rule
    return made


def local_time(words: str) -> str | None:
    """`9:00`, `2PM`, `18:30` as HH:MM; None when it is no time of day."""
    found = _TIME.fullmatch(words.strip().casefold())
    if found is None:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif found["minute"] is None:
        return None
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def _rule(made: Meeting, day: str, frequency: str) -> str | None:
    """The rule in these words; fills in weekday and start, and says what is missing or not understood."""
    on, often = _plain(day), _plain(frequency)
    on, often = _without_start(made, on), _without_start(made, often)
    often = _IN_PASSING.sub("", often)
    where = _ON.fullmatch(on)
    if where is None:
        made.doubts.append(f"the day {day!r} is not understood")
        return None
    made.weekday = _code(where["day"])
    if made.starts and DAYS[made.starts.weekday()] != where["day"]:
        made.doubts.append(f"it is said to start on {made.starts}, which is no {where['day']}")
        made.starts = None
    if weekly := _weekly(made, often):
        if where["nths"]:
            made.doubts.append(f"{day!r} does not go with {frequency!r}")
            return None
        return weekly
    found = _NTH_DAYS.fullmatch(often)
    if found and (found["day"] or where["day"]) != where["day"]:
        made.doubts.append(f"{frequency!r} is not on the day {day!r}")
        return None
    if found or (where["nths"] and _MONTHLY.fullmatch(often)):
        return _monthly(made, (found or where)["nths"])
    made.doubts.append(_why_not(frequency, often))
    return None


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _without_start(made: Meeting, words: str) -> str:
    found = _START.search(words)
    if found is None:
        return words
    year, month = int(found["before"] or found["year"]), MONTHS.index(found["month"]) + 1
    try:
        made.starts = date(year, month, int(found["number"]))
    except ValueError:
        return words
    return words[: found.start()] + words[found.end() :]


def _weekly(made: Meeting, often: str) -> str | None:
    if _WEEKLY.fullmatch(often):
        return f"FREQ=WEEKLY;BYDAY={made.weekday}"
    found = _WEEKS.fullmatch(often)
    if found is None:
        return None
    every = NUMBERS.get(found["n"] or "two") or int(found["n"])
    if made.starts is None:
        made.doubts.append(f"every {every} weeks, but not in which: the rule has no start")
    return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={made.weekday}"


def _monthly(made: Meeting, nths: str) -> str:
    numbers = [NTH[each] for each in re.findall(_NTH, nths)]
    return "FREQ=MONTHLY;BYDAY=" + ",".join(f"{number}{made.weekday}" for number in numbers)


def _code(day: str) -> str:
    return day[:2].upper()


def _why_not(frequency: str, often: str) -> str:
    if _MONTHLY.fullmatch(often):
        return f"{frequency!r} does not say in which week of the month"
    if _TWO_MEANINGS.fullmatch(often):
        return f"{frequency!r} has two meanings"
    return f"the frequency {frequency!r} is not understood"

"""An RRULE as text -> a bounded Rule (RFC 5545, 3.3.10), or a refusal that says what is allowed.

Allowed is what people meet by: one rule, daily or less often, that names days. Whatever asks for more than
that, or is sized to hurt, is refused before anything is expanded.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.events.series.rules import Frequency, Rule
from shared.problems import Unprocessable

LONGEST_TEXT = 475
"""Of the 500 that are kept, so that an end can be written into any rule."""
MOST_VALUES = 62
LARGEST_INTERVAL = 1000
LARGEST_COUNT = 730
"""Of a series: two years of a daily one. A preview may count further."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class RuleNotUnderstood(Unprocessable):
    """`part` is not as RFC 5545 writes it, or stands twice, or not beside what else is said."""

    title = "Not a recurrence rule"


class FrequencyNotAllowed(Unprocessable):
    """Events recur daily or less often."""

    title = "Events do not recur this often"


class RuleTooLarge(Unprocessable):
    """A number or a list in the rule is larger than anything people plan."""

    title = "The recurrence rule asks for too much"


class OneRuleOnly(Unprocessable):
    """A second RRULE, or an EXRULE, which RFC 5545 has given up."""

    title = "A series has one recurrence rule"


class TimesNotAllowed(Unprocessable):
    """BYHOUR, BYMINUTE and BYSECOND make several occurrences of a day, or give a time to a whole day."""

    title = "A series has one time of day"


class CountAndUntil(Unprocessable):
    """RFC 5545: a rule ends after a number of occurrences, or by a date."""

    title = "A rule has COUNT or UNTIL, not both"


_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(T[0-9]{6})?(Z)?")
_RANGES: dict[str, tuple[str, range, bool]] = {
    "BYMONTH": ("months", range(1, 13), False),
    "BYWEEKNO": ("week_numbers", range(1, 54), True),
    "BYYEARDAY": ("year_days", range(1, 367), True),
    "BYMONTHDAY": ("month_days", range(1, 32), True),
    "BYSETPOS": ("positions", range(1, 367), True),
}
_CLOCK = {"BYHOUR": ("hour", range(24)), "BYMINUTE": ("minute", range(60)), "BYSECOND": ("second", range(60))}
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_RANGES, *_CLOCK)
_NOT_WITH = {
    "BYWEEKNO": {Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY},
    "BYYEARDAY": {Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY},
    "BYMONTHDAY": {Frequency.WEEKLY},
}


def normalised(text: str) -> str:
    """The parts of the only rule in `text`, in capitals, without the name of the property."""
    if len(text) > LONGEST_TEXT:
        raise RuleTooLarge(f"at most {LONGEST_TEXT} characters", allowed={"characters": LONGEST_TEXT})
    pieces = text.upper().replace("RRULE:", " RRULE:").split()
    rules = [piece.removeprefix("RRULE:") for piece in pieces]
    if len(rules) > 1 or any(each.startswith("EXRULE") for each in rules):
        raise OneRuleOnly(allowed=["one RRULE", "RDATE", "EXDATE"])
    return rules[0].rstrip(";") if rules else ""


def read(text: str, zone: ZoneInfo, *, all_day: bool = False, largest_count: int = LARGEST_COUNT) -> Rule:
    """The rule in a normalised text; UNTIL is compared in the local time of `zone`."""
    parts = _parts(text)
    frequency = _frequency(parts)
    given: dict[str, Any] = {"frequency": frequency}
    if "COUNT" in parts and "UNTIL" in parts:
        raise CountAndUntil(allowed=["COUNT", "UNTIL"])
    for part, limit in (("INTERVAL", LARGEST_INTERVAL), ("COUNT", largest_count)):
        if part in parts:
            given[part.lower()] = _bounded(part, parts[part], limit)
    if "UNTIL" in parts:
        given["until"] = _until(parts["UNTIL"], zone)
    if "WKST" in parts:
        given["week_start"] = _weekday_number(parts["WKST"])
    if "BYDAY" in parts:
        given["weekdays"] = _weekdays(parts["BYDAY"], frequency, numbered="BYWEEKNO" in parts)
    for part, (name, known, negative) in _RANGES.items():
        if part in parts:
            given[name] = frozenset(_numbers(part, parts[part], known, negative=negative))
    _require_fitting(parts, frequency)
    return Rule(**given | _clock(parts, all_day=all_day))


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.split(";"):
        name, found, value = piece.partition("=")
        if not found or name not in _PARTS:
            raise RuleNotUnderstood(
                f"{name[:20]!r} is no part of a rule", part=name[:20], allowed=list(_PARTS)
            )
        if name in parts:
            raise RuleNotUnderstood(f"{name} stands twice", part=name, allowed="once")
        parts[name] = value
    return parts


def _frequency(parts: dict[str, str]) -> Frequency:
    allowed = [each.value for each in Frequency]
    value = parts.get("FREQ", "")
    if value in allowed:
        return Frequency(value)
    if value in ("SECONDLY", "MINUTELY", "HOURLY"):
        raise FrequencyNotAllowed(f"{value} is too often", allowed=allowed)
    raise RuleNotUnderstood("a rule begins with FREQ", part="FREQ", allowed=allowed)


def _bounded(part: str, value: str, limit: int) -> int:
    if not re.fullmatch(r"[0-9]{1,40}", value) or not value.strip("0"):
        raise RuleNotUnderstood(f"{part} is a number from 1", part=part, allowed={"from": 1, "to": limit})
    if int(value) > limit:
        raise RuleTooLarge(f"{part} is at most {limit}", part=part, allowed={"from": 1, "to": limit})
    return int(value)


def _values(part: str, text: str) -> list[str]:
    values = text.split(",")
    if len(values) > MOST_VALUES:
        raise RuleTooLarge(
            f"{part} has at most {MOST_VALUES} values", part=part, allowed={"values": MOST_VALUES}
        )
    return values


def _numbers(part: str, text: str, known: range, *, negative: bool) -> list[int]:
    values = _values(part, text)
    found = [int(value) if _NUMBER.fullmatch(value) else None for value in values]
    numbers = [n for n in found if n is not None and (abs(n) if negative else n) in known]
    if len(numbers) < len(values):
        allowed = {"from": known.start, "to": known.stop - 1, "or_counted_from_the_end": negative}
        raise RuleNotUnderstood(f"{part} has a value that is none", part=part, allowed=allowed)
    return numbers


def _weekday_number(value: str) -> int:
    if value not in WEEKDAYS:
        raise RuleNotUnderstood("WKST is a weekday", part="WKST", allowed=list(WEEKDAYS))
    return WEEKDAYS.index(value)


def _weekdays(text: str, frequency: Frequency, *, numbered: bool) -> frozenset[tuple[int, int]]:
    """BYDAY; only months and years count their weekdays, and years not together with their weeks."""
    matches = [_WEEKDAY.fullmatch(value) for value in _values("BYDAY", text)]
    found = {(WEEKDAYS.index(m[2]), int(m[1] or 0)) for m in matches if m is not None}
    counts = frequency in (Frequency.MONTHLY, Frequency.YEARLY) and not numbered
    wrong = any(
        m is not None and m[1] is not None and not (counts and 1 <= abs(int(m[1])) <= 53) for m in matches
    )
    if wrong or None in matches:
        allowed = [*WEEKDAYS, "1MO", "-1FR"] if counts else list(WEEKDAYS)
        raise RuleNotUnderstood("BYDAY has a value that is no weekday here", part="BYDAY", allowed=allowed)
    return frozenset(found)


def _until(text: str, zone: ZoneInfo) -> datetime:
    """A moment, a local time, or a day, which counts as its first moment (as in python-dateutil)."""
    found = _UNTIL.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day = date.fromisoformat(found[1])
        at = datetime.combine(day, time.fromisoformat(found[2][1:]) if found[2] else time.min)
        if found[3]:
            at = at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        allowed = ["20261231T235959Z", "20261231T235959", "20261231"]
        raise RuleNotUnderstood("UNTIL is a day or a time", part="UNTIL", allowed=allowed) from None
    return at


def _clock(parts: dict[str, str], *, all_day: bool) -> dict[str, int]:
    given: dict[str, int] = {}
    for part, (name, known) in _CLOCK.items():
        if part not in parts:
            continue
        values = set(_numbers(part, parts[part], known, negative=False))
        if len(values) > 1 or all_day:
            raise TimesNotAllowed(part=part, allowed="no time of day" if all_day else "one value")
        given[name] = values.pop()
    return given


def _require_fitting(parts: dict[str, str], frequency: Frequency) -> None:
    for part, frequencies in _NOT_WITH.items():
        if part in parts and frequency in frequencies:
            fitting = [each.value for each in Frequency if each not in frequencies]
            raise RuleNotUnderstood(f"{part} does not go with {frequency}", part=part, allowed=fitting)
    others = [part for part in parts if part.startswith("BY") and part != "BYSETPOS"]
    if "BYSETPOS" in parts and not others:
        allowed = [part for part in _PARTS if part.startswith("BY") and part != "BYSETPOS"]
        raise RuleNotUnderstood(
            "BYSETPOS chooses among what other parts name", part="BYSETPOS", allowed=allowed
        )


def ending_before(text: str, at: datetime, zone: ZoneInfo, *, all_day: bool) -> str:
    """A normalised rule that ends before a local time instead of where it did."""
    kept = [part for part in text.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
    last = at - timedelta(days=1 if all_day else 0, seconds=0 if all_day else 1)
    if all_day:
        return ";".join([*kept, f"UNTIL={last:%Y%m%d}"])
    until = last.replace(tzinfo=zone).astimezone(UTC)
    skipped = until.astimezone(zone).replace(tzinfo=None) - last  # such a time would be read as a later one
    until -= max(skipped, timedelta())
    return ";".join([*kept, f"UNTIL={until:%Y%m%dT%H%M%SZ}"])


def with_count(text: str, count: int) -> str:
    """A normalised rule with another COUNT."""
    return ";".join(f"COUNT={count}" if part.startswith("COUNT=") else part for part in text.split(";"))

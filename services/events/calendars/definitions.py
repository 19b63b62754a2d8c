"""Time zones as calendars define them: VTIMEZONE -> the offset at a local time, where that is understood."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.events.calendars.lines import NotALine, Property, parsed

MOST_ONSETS = 500
"""Of one zone; a definition with more is not followed."""
FOREVER = datetime.fromisoformat("9999-12-31")
_STAMP = re.compile(r"\d{8}T\d{6}Z?")
_DAY = re.compile(r"(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})(\d{2})?")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Onset(NamedTuple):
    """From `at` on, and every year by `month`, `weekday` and `nth` until `until`, `offset` holds."""

    at: datetime
    offset: timedelta
    yearly: tuple[int, int, int] | None
    until: datetime


class Definition(NamedTuple):
    """What a calendar itself says of a zone; `onsets` is empty where its rules are not understood."""

    location: str
    onsets: tuple[Onset, ...]

    @property
    def fixed(self) -> timedelta | None:
        """The one offset it ever has."""
        offsets = {onset.offset for onset in self.onsets}
        return offsets.pop() if len(offsets) == 1 else None

    def offset_at(self, local: datetime) -> timedelta | None:
        """The offset at a local time; None before the first it names."""
        begun = [(latest, onset.offset) for onset in self.onsets if (latest := _latest(onset, local))]
        return max(begun)[1] if begun else None


_BLOCK = re.compile(r"^BEGIN:VTIMEZONE\n(.*?)^END:VTIMEZONE$", re.MULTILINE | re.DOTALL)


def definitions_of(head: str) -> dict[str, Definition]:
    """The zones a calendar defines, by their names there."""
    found: dict[str, Definition] = {}
    for block in _BLOCK.findall(head):
        name, definition = _definition(block)
        found.setdefault(name, definition)
    return found


@lru_cache(maxsize=100)
def _definition(block: str) -> tuple[str, Definition]:
    """One zone; remembered, as a calendar that goes on defining zones is asked for all of them each time."""
    own, *parts = re.split(r"^BEGIN:(?:STANDARD|DAYLIGHT)\n", block, flags=re.MULTILINE)
    properties = _properties(own)
    name, location = _first(properties, "TZID"), _first(properties, "X-LIC-LOCATION")
    onsets = [_onsets(_properties(part.partition("\nEND:")[0])) for part in parts]
    whole = () if None in onsets else tuple(each for some in onsets if some for each in some)
    return name, Definition(location, whole if len(whole) <= MOST_ONSETS else ())


def _properties(text: str) -> dict[str, list[Property]]:
    found: dict[str, list[Property]] = {}
    for line in text.split("\n"):
        try:
            each = parsed(line)
        except NotALine:
            continue
        found.setdefault(each.name, []).append(each)
    return found


def _first(given: Mapping[str, list[Property]], name: str) -> str:
    return given[name][0].value if name in given else ""


def _onsets(given: Mapping[str, list[Property]]) -> list[Onset] | None:
    """When an offset begins to hold; None when that is not understood."""
    try:
        at = _local(_first(given, "DTSTART"))
        offset = _offset(_first(given, "TZOFFSETTO"))
        until, yearly = FOREVER, None
        if "RRULE" in given:
            until, yearly = _yearly(_first(given, "RRULE"), at)
        dates = [date for each in given.get("RDATE", []) for date in each.value.split(",")]
        begins = [at, *map(_local, dates)]
    except (ValueError, OverflowError):
        return None
    return [Onset(begin, offset, yearly if begin == at else None, until) for begin in begins]


def _local(text: str) -> datetime:
    """A time as it stands, without a zone, in the years people speak of."""
    if not _STAMP.fullmatch(text) or not "1000" <= text[:4] < "3000":
        raise ValueError(text)
    return datetime.fromisoformat(text[:15])


def _offset(text: str) -> timedelta:
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise ValueError(text)
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -size if found[1] == "-" else size


def _yearly(rule: str, at: datetime) -> tuple[datetime, tuple[int, int, int]]:
    """Until when, and the month, weekday and its place in the month; ValueError for any other rule."""
    given = dict(part.upper().split("=", 1) for part in rule.strip(";").split(";"))
    until = given.pop("UNTIL", "")
    day = _DAY.fullmatch(given.pop("BYDAY", ""))
    known = given.pop("FREQ", "") == "YEARLY" and given.pop("INTERVAL", "1") == "1"
    month = int(given.pop("BYMONTH", "0"))
    given.pop("WKST", None)
    for part, own in (("BYHOUR", at.hour), ("BYMINUTE", at.minute), ("BYSECOND", at.second)):
        if part in given and int(given.pop(part)) != own:
            raise ValueError(rule)
    if not known or day is None or day[1] is None or not 1 <= month <= 12 or given:
        raise ValueError(rule)
    last = _local(f"{until[:8]}T000000") + timedelta(days=1) if until else FOREVER
    return last, (month, _WEEKDAYS.index(day[2]), int(day[1]))


def _latest(onset: Onset, local: datetime) -> datetime | None:
    """When it last began to hold, not after `local`."""
    if onset.at > local:
        return None
    if onset.yearly is None:
        return onset.at
    for year in (local.year, local.year - 1):
        begun = _in_year(onset, year)
        if onset.at <= begun <= local and begun <= onset.until:
            return begun
    if onset.until < local:
        ended = _in_year(onset, onset.until.year)
        return max(onset.at, ended if ended <= onset.until else _in_year(onset, onset.until.year - 1))
    return onset.at


def _in_year(onset: Onset, year: int) -> datetime:
    month, weekday, nth = onset.yearly or (1, 0, 1)
    if nth > 0:
        first = onset.at.replace(year=year, month=month, day=1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    after = onset.at.replace(year=year + month // 12, month=month % 12 + 1, day=1)
    last = after - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-nth - 1))

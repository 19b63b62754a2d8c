"""Define a zone for clients: its changes within some years -> the lines of a VTIMEZONE (RFC 5545, 3.6.5).

icalendar's own (7.3) puts the beginning of summer time an hour late: it names the time after the change,
where the RFC asks for the time before it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class _Change(NamedTuple):
    """From one offset to another; `name` and `summer` are those after it."""

    before: timedelta
    after: timedelta
    name: str
    summer: bool


@lru_cache(maxsize=500)
def vtimezone(name: str, first: int, last: int) -> tuple[str, ...]:
    """The lines that define the zone from the beginning of the year `first` to the end of `last`."""
    zone = ZoneInfo(name)
    begin = datetime(first, 1, 1, tzinfo=UTC) - DAY
    end = datetime(last, 12, 31, tzinfo=UTC) + 2 * DAY
    local = begin.astimezone(zone)
    offset = _offset(local)
    onsets = {_Change(offset, offset, local.tzname() or name, bool(local.dst())): [begin + offset]}
    for moment in _changes(zone, begin, end):
        before, after = (moment - SECOND).astimezone(zone), moment.astimezone(zone)
        change = _Change(_offset(before), _offset(after), after.tzname() or name, bool(after.dst()))
        onsets.setdefault(change, []).append(moment + change.before)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for change, times in sorted(onsets.items(), key=lambda item: item[1]):
        kind = "DAYLIGHT" if change.summer else "STANDARD"
        lines += [f"BEGIN:{kind}", f"DTSTART:{times[0]:%Y%m%dT%H%M%S}"]
        lines += [f"RDATE:{time:%Y%m%dT%H%M%S}" for time in times[1:]]
        lines += [f"TZOFFSETFROM:{_written(change.before)}", f"TZOFFSETTO:{_written(change.after)}"]
        lines += [f"TZNAME:{change.name}", f"END:{kind}"]
    return (*lines, "END:VTIMEZONE")


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which the offset is another one; no zone changes twice within a day."""
    day, offset = begin, _offset(begin.astimezone(zone))
    while day < end:
        following = day + DAY
        later = _offset(following.astimezone(zone))
        if later != offset:
            yield _between(zone, day, following, offset)
        day, offset = following, later


def _between(zone: ZoneInfo, low: datetime, high: datetime, offset: timedelta) -> datetime:
    """The first second with another offset than the one that holds at `low`."""
    while high - low > SECOND:
        middle = low + timedelta(seconds=(high - low) // SECOND // 2)
        low, high = (middle, high) if _offset(middle.astimezone(zone)) == offset else (low, middle)
    return high


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


def _written(offset: timedelta) -> str:
    sign, seconds = ("-" if offset < timedelta() else "+"), abs(offset) // SECOND
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return f"{text}{seconds % 60:02}" if seconds % 60 else text

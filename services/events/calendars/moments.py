"""Times in calendars: a value with its parameters -> a local time in a zone of IANA, or why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.events.calendars.definitions import Definition
from services.events.calendars.lines import Property
from services.events.calendars.zones import instant_in, zone_of
from services.events.rules import END_OF_TIME, EPOCH, instant

_STAMP = re.compile(r"(\d{8})(T\d{6})?(Z)?", re.IGNORECASE)
YEARS = (EPOCH.year, END_OF_TIME.year)


class NotUnderstood(ValueError):
    """It cannot be taken as it stands; the text says why."""


class Moment(NamedTuple):
    """A time of a calendar: local in `zone`, a day alone when `is_day`.

    `by_offset`: its zone has no name here; the calendar's own offset made it a moment in UTC."""

    local: datetime
    zone: str
    is_day: bool
    by_offset: bool = False

    @property
    def instant(self) -> datetime:
        return instant(self.local, ZoneInfo(self.zone))

    def within(self, zone: str) -> datetime:
        """The local time it is in another zone; a day is the same everywhere."""
        if self.is_day or zone == self.zone:
            return self.local
        return self.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the times of one calendar are read by: its own zones, and the zone of times that name none."""

    definitions: Mapping[str, Definition]
    floating: str | None

    def moment(self, of: Property, value: str | None = None) -> Moment:
        """The time a property, or one `value` of its list, means."""
        text = of.value if value is None else value.strip()
        found = _STAMP.fullmatch(text)
        try:
            if found is None:
                raise ValueError
            local = datetime.fromisoformat((found[1] + (found[2] or "")).upper())
        except ValueError:
            raise NotUnderstood(f"{of.name} {text[:40]!r} is not a time") from None
        if not YEARS[0] <= local.year < YEARS[1]:
            raise NotUnderstood(f"{of.name} is not between {YEARS[0]} and {YEARS[1]}")
        if found[2] is None:
            return Moment(local, self.floating or "UTC", is_day=True)
        if found[3]:
            return Moment(local, "UTC", is_day=False)
        return self._zoned(of, local)

    def _zoned(self, of: Property, local: datetime) -> Moment:
        name = of.parameters.get("TZID", "")
        if not name:
            if self.floating is None:
                raise NotUnderstood(f"{of.name} has no time zone, and none is said for such times")
            return Moment(local, self.floating, is_day=False)
        zone = zone_of(name, self.definitions)
        if zone is not None:
            return Moment(local, zone, is_day=False)
        at = instant_in(name, local, self.definitions)
        if at is None:
            raise NotUnderstood(f"time zone {name[:80]!r} is not known")
        return Moment(at.astimezone(UTC).replace(tzinfo=None), "UTC", is_day=False, by_offset=True)


def ending(start: Moment, end: Property | None, duration: Property | None, clocks: Clocks) -> datetime:
    """The instant at which what begins at `start` is over (RFC 5545, 3.6.1)."""
    zone = ZoneInfo(start.zone)
    if end is not None and end.value:
        over = clocks.moment(end)
        if over.is_day != start.is_day:
            raise NotUnderstood("DTSTART and DTEND are not both days, or both times")
        at = instant(over.local, zone) if over.is_day else over.instant
    elif duration is not None and duration.value:
        length = _duration(duration)
        # Days and weeks are nominal: the same time of day, whatever the clocks do between (RFC 5545, 3.3.6).
        days, rest = timedelta(days=length.days), timedelta(seconds=length.seconds)
        at = instant(start.local + days, zone) + rest
    else:
        at = instant(start.local + timedelta(days=1), zone) if start.is_day else start.instant
    if at < start.instant:
        raise NotUnderstood("it ends before it starts")
    return at


def _duration(given: Property) -> timedelta:
    from icalendar.prop import vDuration

    try:
        length: timedelta = vDuration.from_ical(given.value)  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):
        raise NotUnderstood(f"DURATION {given.value[:40]!r} is none") from None
    if not timedelta() <= length <= timedelta(days=366):
        raise NotUnderstood(
            "it ends before it starts" if length < timedelta() else "it is longer than a year"
        )
    return length

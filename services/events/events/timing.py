"""When an event is: from what a caller gives to local time, zone and instants, checked."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.events.events.inputs import (
    DEFAULT_DURATION,
    LONGEST,
    EndsBeforeItStarts,
    Window,
    local_time,
)
from services.events.models import Event
from services.events.rules import instant, local_text
from shared.problems import Unprocessable

DAY = 1440


class WindowIsEmpty(Unprocessable):
    """Registration opens before it closes, and before the event ends."""

    title = "Registration would close before it opens"


class Timing(NamedTuple):
    """A checked time: the columns of an event that say when it is."""

    timezone: str
    all_day: bool
    starts_local: str
    starts_at: datetime
    ends_at: datetime


def timing(starts: str, tz: str, *, ends: str | None, minutes: int | None, all_day: bool) -> Timing:
    """The time of an event that starts at `starts`, until `ends` or for `minutes` (an hour without both).

    An event of whole days ends with its last day: `ends` names the day after it, and `minutes` that end
    within a day mean all of it."""
    zone = ZoneInfo(tz)
    begins = local_time(starts, tz)
    if all_day:
        begins = begins.replace(hour=0, minute=0, second=0)
    starts_at = instant(begins, zone)
    if ends is not None:
        over = local_time(ends, tz)
        ends_at = instant(over.replace(hour=0, minute=0, second=0) if all_day else over, zone)
    elif all_day:
        ends_at = instant(begins + timedelta(days=-(-(minutes or DAY) // DAY)), zone)
    else:
        ends_at = starts_at + (DEFAULT_DURATION if minutes is None else timedelta(minutes=minutes))
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise EndsBeforeItStarts("an event ends after it starts, within 14 days")
    return Timing(tz, all_day, local_text(begins), starts_at, ends_at)


def lasting(event: Event) -> int:
    """The minutes an event takes, wherever it is moved to: whole days count as the clock on the wall does."""
    starts, ends = event.starts_at, event.ends_at
    if event.all_day:
        zone = ZoneInfo(event.timezone)
        starts, ends = (each.astimezone(zone).replace(tzinfo=None) for each in (starts, ends))
    return int((ends - starts).total_seconds() // 60)


def window(given: Window | None, tz: str, ends_at: datetime) -> dict[str, datetime | None]:
    """The registration window as instants."""
    zone = ZoneInfo(tz)
    opens, closes = (
        None if each is None else instant(local_time(each, tz), zone)
        for each in ((given.opens_at, given.closes_at) if given else (None, None))
    )
    if (opens is not None and closes is not None and closes <= opens) or (opens or ends_at) > ends_at:
        raise WindowIsEmpty
    return {"opens_at": opens, "closes_at": closes}

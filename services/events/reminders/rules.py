"""When people are reminded: a time before the start, or an hour of a day before or after it, local time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from services.events.events.rules import EventState
from services.events.rules import instant, moment


class ReminderKind(StrEnum):
    REMINDER = "reminder"
    FOLLOW_UP = "follow_up"


class ReminderState(StrEnum):
    """`skipped`: it would have come too late, or the event no longer takes place."""

    PLANNED = "planned"
    TOLD = "told"
    SKIPPED = "skipped"


REMINDED_OF = frozenset(EventState) - {EventState.DRAFT, EventState.POSTPONED, EventState.CANCELLED}
"""Events that take place at a time people know."""
TOO_LATE = timedelta(hours=6)
"""So late nobody is reminded any more of what has begun."""
ANOTHER_TIME = timedelta(hours=1)
"""Who was reminded is reminded again when the event moved by at least this much."""


def due_at(item: Mapping[str, Any], starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> datetime:
    """When an item of a plan is due, for an event between these instants.

    With `minutes` so long before the start, or after the end of what is followed up, whatever clocks do
    meanwhile. With `days` so many calendar days before (after) the local day, at the local time `at`, or
    without one at the event's own: a time that a clock change skips or repeats as RFC 5545 has it.
    """
    ahead = ReminderKind(item["kind"]) is ReminderKind.REMINDER
    base, sign = (starts_at, -1) if ahead else (ends_at, 1)
    if item.get("days") is None:
        return moment(base + sign * timedelta(minutes=item["minutes"]))
    local = base.astimezone(zone).replace(tzinfo=None)
    if item.get("at") is not None:
        hour, minute = map(int, item["at"].split(":"))
        local = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment(instant(local + sign * timedelta(days=item["days"]), zone))


def planned(
    due: datetime | None, now: datetime, known: tuple[ReminderState, datetime] | None
) -> ReminderState | None:
    """What becomes of a reminder that is now due at `due`, or wanted no more; None changes nothing.

    `known` is how it stood, and when it was due. One that would be due in the past comes too late; one that
    was told is planned again only for another time.
    """
    state, before = known or (ReminderState.SKIPPED, None)
    if due == before and state is not ReminderState.SKIPPED:
        return None
    if due is None or due <= now:
        return ReminderState.SKIPPED if state is ReminderState.PLANNED else None
    if state is ReminderState.TOLD and before is not None and due < before + ANOTHER_TIME:
        return None
    return ReminderState.PLANNED


def comes_too_late(kind: ReminderKind, due: datetime, starts_at: datetime, now: datetime) -> bool:
    """Whether telling it at `now` makes no sense any more: long overdue, and the event has begun."""
    return kind is ReminderKind.REMINDER and starts_at <= now and now - due > TOO_LATE

"""Plan an event's reminders: its plan, its time -> planned, moved or skipped -> EventReminderPlanned."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import Event, Reminder
from services.events.reminders import rules
from services.events.reminders.rules import REMINDED_OF, ReminderKind
from shared.contracts.events import EventReminderPlanned
from shared.store import Tx, constant, scope

Place = tuple[ReminderKind, int]

OF_EVENT = constant(
    select(Reminder)
    .where(scope(Reminder), col(Reminder.event_id) == sa.bindparam("event_id"))
    .order_by(col(Reminder.id))
    .with_for_update()
)
"""Held: one that is being told at this moment is told when this goes on."""


async def plan(tx: Tx, event: Event) -> None:
    """Bring the reminders of an event in line with its plan, time and state; the caller holds the event.

    Those told stay told, but for an event that moved to another time.
    """
    due = dues(event)
    known = {(each.kind, each.number): each for each in await tx.all(OF_EVENT, {"event_id": event.id})}
    for place in sorted({*due, *known}):
        row, at = known.get(place), due.get(place)
        state = rules.planned(at, tx.now, (row.state, row.due_at) if row is not None else None)
        if state is None:
            continue
        if row is not None:
            await tx.lock(Reminder, row.id, state=state, due_at=at or row.due_at)
            _told(tx, row)
        elif at is not None:
            made = Reminder(
                community_id=event.community_id,
                event_id=event.id,
                kind=place[0],
                number=place[1],
                due_at=at,
                state=state,
                created_at=tx.now,
                updated_at=tx.now,
            )
            await tx.insert(made)
            _told(tx, made)


def dues(event: Event) -> dict[Place, datetime]:
    """When each reminder of the event's plan is due, by kind and place in it; none while it has no time."""
    if event.state not in REMINDED_OF:
        return {}
    zone = ZoneInfo(event.timezone)
    return {
        (ReminderKind(item["kind"]), number): rules.due_at(item, event.starts_at, event.ends_at, zone)
        for number, item in enumerate(event.reminders, 1)
    }


def _told(tx: Tx, reminder: Reminder) -> None:
    tx.publish(
        EventReminderPlanned(
            community_id=reminder.community_id,
            reminder_id=reminder.id,
            event_id=reminder.event_id,
            kind=reminder.kind.value,
        )
    )

"""Tell reminders at their time: the clock -> EventReminderDue, once each, whoever is killed or runs twice."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import Event, Reminder
from services.events.reminders.rules import ReminderState, comes_too_late
from shared.contracts.events import EventReminderDue, EventReminderPlanned
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

AT_ONCE = 50
"""Reminders told in one write."""

_NOW = sa.bindparam("now", type_=Reminder.__table__.c.due_at.type)  # type: ignore[attr-defined]
_DUE = (
    select(Reminder)
    .where(col(Reminder.state) == ReminderState.PLANNED, col(Reminder.due_at) <= _NOW)
    .order_by(col(Reminder.due_at))
)
IS_DUE = constant(across(_DUE.limit(1), why="reminders of every community whose time has come"))
SOME_DUE = constant(
    across(
        _DUE.limit(AT_ONCE).with_for_update(skip_locked=True, key_share=True),
        why="reminders of every community whose time has come",
    )
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one."""
STARTS = constant(
    across(
        sa.select(col(Event.id), col(Event.starts_at)).where(
            col(Event.id).in_(sa.bindparam("ids", type_=Event.__table__.c.id.type, expanding=True))  # type: ignore[attr-defined]
        ),
        why="the events of the reminders that were just taken",
    )
)


@jobs.every(seconds=0.5)
async def tell(store: Store) -> None:
    """Tell everything whose time has come; idle it costs a look into an index."""
    while await store.read(_is_due, Context()):
        if not await store.write(tell_some, Context(actor=service_actor("events"))):
            return
        crashpoint("after_reminders_told")


async def _is_due(tx: Tx) -> Reminder | None:
    return await tx.first(IS_DUE, {"now": tx.now})


async def tell_some(tx: Tx) -> int:
    """Tell some reminders, and skip those nobody needs any more; how many."""
    due = await tx.all(SOME_DUE, {"now": tx.now})
    if not due:
        return 0
    ids = sorted({each.event_id for each in due})
    starts = {row.id: row.starts_at for row in await tx.all(STARTS, {"ids": ids})}
    for each in due:
        tx.within(each.community_id)
        await _tell(tx, each, starts[each.event_id])
        crashpoint("mid_reminders_told")
    return len(due)


async def _tell(tx: Tx, due: Reminder, starts_at: datetime) -> None:
    of: dict[str, Any] = {"community_id": due.community_id, "reminder_id": due.id, "event_id": due.event_id}
    if comes_too_late(due.kind, due.due_at, starts_at, tx.now):
        await tx.lock(Reminder, due.id, state=ReminderState.SKIPPED)
        tx.publish(EventReminderPlanned(**of, kind=due.kind.value))
        return
    await tx.lock(Reminder, due.id, state=ReminderState.TOLD)
    tx.publish(EventReminderDue(**of, kind=due.kind.value, number=due.number))

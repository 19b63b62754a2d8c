"""What time does to events: the clock -> registration opens and closes, events start, end, are settled."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events import rules
from services.events.events.enter import times_of
from services.events.events.steps import take
from services.events.models import Event
from services.events.registrations.seats import settle
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

AT_ONCE = 20
"""Events taken further in one write."""

_NOW = sa.bindparam("now", type_=Event.__table__.c.clock_at.type)  # type: ignore[attr-defined]
_DUE = (
    select(Event)
    .where(col(Event.clock_at).is_not(None), col(Event.clock_at) <= _NOW)
    .order_by(col(Event.clock_at))
)
IS_DUE = constant(across(_DUE.limit(1), why="events of every community whose time has come"))
SOME_DUE = constant(
    across(
        _DUE.limit(AT_ONCE).with_for_update(skip_locked=True, key_share=True),
        why="events of every community whose time has come",
    )
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one."""


@jobs.every(seconds=0.5)
async def advance(store: Store) -> None:
    """Take every event to where time has brought it; idle it costs a look into an index."""
    while await store.read(_is_due, Context()):
        if not await store.write(take_some, Context(actor=service_actor("events"))):
            return
        crashpoint("after_events_advanced")


async def _is_due(tx: Tx) -> Any:
    return await tx.first(IS_DUE, {"now": tx.now})


async def take_some(tx: Tx) -> int:
    """Take some events one step further each, as of when it was owed; how many."""
    events = await tx.all(SOME_DUE, {"now": tx.now})
    for event in sorted(events, key=lambda each: each.id):
        tx.within(event.community_id)
        due = rules.next_due(event.state, times_of(event))
        if due is None or due.at > tx.now:
            await tx.update(Event, event.id, clock_at=due.at if due else None)
        elif due.verb is None:
            await settle(tx, event)
        else:
            await take(tx, event, due.verb, at=due.at)
    return len(events)

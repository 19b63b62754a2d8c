"""What time does to promises: the clock -> late, then broken, each once, and kept by facts before that."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import Promise
from services.membership.promises import rules
from services.membership.promises.occasions import KEPT_DAYS, keep_by, sweep
from services.membership.promises.steps import take
from services.membership.promises.waiting import FORGET, KEEPING
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

AT_ONCE = 50
"""Promises taken further in one write."""

_NOW = sa.bindparam("now", type_=Promise.__table__.c.clock_at.type)  # type: ignore[attr-defined]
_DUE = (
    select(Promise)
    .where(col(Promise.clock_at).is_not(None), col(Promise.clock_at) < _NOW)
    .order_by(col(Promise.clock_at))
)
IS_DUE = constant(across(_DUE.limit(1), why="promises of every community whose time has come"))
SOME_DUE = constant(
    across(
        _DUE.limit(AT_ONCE).with_for_update(skip_locked=True, key_share=True),
        why="promises of every community whose time has come",
    )
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one."""


@jobs.every(seconds=0.5)
async def advance(store: Store) -> None:
    """Take every promise to where time has brought it; idle it costs a look into two indexes.

    What happened in time counts before what the clock says: a fact heard of is never overtaken by a break.
    """
    await sweep(store)
    while await store.read(_is_due, Context()):
        if not await store.write(take_some, Context(actor=service_actor("membership"))):
            return
        crashpoint("after_promises_advanced")


@jobs.every(seconds=3600.0)
async def forget(store: Store) -> None:
    """Drop the facts no promise can still wait for."""

    async def work(tx: Tx) -> int:
        return await tx.execute(FORGET, {"before": tx.now - timedelta(days=KEPT_DAYS)})

    await store.write(work, Context())


async def _is_due(tx: Tx) -> Any:
    return await tx.first(IS_DUE, {"now": tx.now})


async def take_some(tx: Tx) -> int:
    """Take some promises further, each by all the steps it is owed, as of when they were; how many.

    One whose fact lies there still, among too many to have been swept, is kept by it.
    """
    promises = await tx.all(SOME_DUE, {"now": tx.now})
    for promise in promises:
        tx.within(promise.community_id)
        kept_by = await tx.first(KEEPING, {"promise_id": promise.id}) if promise.on_event else None
        if kept_by is not None:
            await keep_by(tx, promise, kept_by)
        else:
            owed = rules.by_the_clock(promise.state, promise.due_at, promise.breaks_at, tx.now)
            await take(tx, promise, owed)
        crashpoint("mid_promises_advanced")
    return len(promises)

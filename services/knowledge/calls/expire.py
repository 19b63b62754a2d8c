"""Calls expire: what nobody fulfilled by its deadline -> CallExpired, exactly once."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.calls.models import ContributionCall
from services.knowledge.calls.rules import CallState
from services.knowledge.due import tried
from shared.contracts.knowledge import CallExpired
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

_NOW = sa.bindparam("now", type_=ContributionCall.__table__.c.clock_at.type)  # type: ignore[attr-defined]
_DUE = (
    select(ContributionCall)
    .where(
        col(ContributionCall.clock_at).is_not(None),
        col(ContributionCall.clock_at) <= _NOW,
        col(ContributionCall.state).in_((CallState.OPEN, CallState.CLAIMED)),
        col(ContributionCall.id).not_in(sa.bindparam("but", expanding=True)),
    )
    .order_by(col(ContributionCall.clock_at))
    .limit(1)
)
IS_DUE = constant(across(_DUE, why="calls of every community whose deadline passed"))
ONE_DUE = constant(
    across(
        _DUE.with_for_update(skip_locked=True, key_share=True),
        why="calls of every community whose deadline passed",
    )
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one."""


@jobs.every(seconds=1.0)
async def expire(store: Store) -> None:
    """End every call whose deadline passed; idle it looks into an index."""
    but = [UUID(int=0)]
    while (due := await store.read(partial(_due, but=but), Context())) is not None:
        one = store.write(partial(expire_one, but=but), Context(actor=service_actor("knowledge")))
        ended = await tried(one, due.id)
        if ended is None:
            but.append(due.id)
        elif not ended:
            return
        crashpoint("after_call_expired")


async def _due(tx: Tx, but: Sequence[UUID]) -> Any:
    return await tx.first(IS_DUE, {"now": tx.now, "but": but})


async def expire_one(tx: Tx, but: Sequence[UUID]) -> bool:
    """End one call that is none of `but`; whether there was one."""
    call = await tx.first(ONE_DUE, {"now": tx.now, "but": but})
    if call is None:
        return False
    tx.within(call.community_id)
    await tx.lock(ContributionCall, call.id, state=CallState.EXPIRED, clock_at=None)
    tx.publish(CallExpired(community_id=call.community_id, call_id=call.id))
    crashpoint("mid_call_expired")
    return True

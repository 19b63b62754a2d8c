"""Propositions lapse: what was offered and not answered in time -> PropositionExpired, exactly once."""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import Proposition
from services.membership.partners import rules
from services.membership.partners.become import become
from services.membership.partners.rules import PropositionState
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

LOOK_SECONDS = 5.0
_MOMENT = Proposition.__table__.c.valid_until.type  # type: ignore[attr-defined]
DUE = constant(
    across(
        select(Proposition)
        .where(
            col(Proposition.state) == PropositionState.OFFERED,
            col(Proposition.valid_until) <= sa.bindparam("now", type_=_MOMENT),
        )
        .order_by(col(Proposition.valid_until))
        .limit(200),
        why="the clock looks at every community",
    )
)


@jobs.every(seconds=LOOK_SECONDS)
async def lapse(store: Store) -> None:
    """Close what nobody answered in time."""
    for each in await store.read(_due, Context()):
        context = Context(actor=service_actor("membership"), community_id=each.community_id)
        await store.write(partial(_lapse, proposition_id=each.id), context)


async def _due(tx: Tx) -> list[Proposition]:
    return await tx.all(DUE, {"now": tx.now})


async def _lapse(tx: Tx, proposition_id: UUID) -> None:
    due = await tx.lock(Proposition, proposition_id, facts=0)
    if rules.standing(due.state, due.valid_until, tx.now) is not due.state:  # nobody answered meanwhile
        await become(tx, await tx.lock(Proposition, proposition_id), PropositionState.EXPIRED)

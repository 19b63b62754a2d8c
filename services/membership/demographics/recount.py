"""Count anew: a period begins -> answers given before it, of active members -> figures by rules.recount."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.sealing import sealer_of
from services.membership.demographics import rules
from services.membership.demographics.dimensions import options_of
from services.membership.demographics.models import DemographicAnswer, DemographicSnapshot
from services.membership.demographics.rules import Answered
from services.membership.demographics.vault import (
    answer_of,
    figures_of,
    held_snapshot,
    sealed_answer,
    sealed_figures,
)
from services.membership.members.rules import MemberState
from services.membership.models import FunctionGrant, Member
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

jobs = Jobs()

LOOK_SECONDS = 600.0


@jobs.every(seconds=LOOK_SECONDS)
async def recount_due(store: Store) -> None:
    """Count every dimension that has not been counted in this period, each in a transaction of its own."""
    for due in await store.read(_due, Context()):
        context = Context(actor=service_actor("membership"), community_id=due.community_id)
        await store.write(partial(recount, dimension=due.dimension), context)


async def _due(tx: Tx) -> list[Any]:
    period = rules.period_of(tx.now)
    return await tx.all(DUE, {"began": rules.begin_of(period), "period": period})


async def recount(tx: Tx, dimension: str) -> None:
    """The figures of one dimension for the period that has begun; once in each."""
    period = rules.period_of(tx.now)
    sealer = await sealer_of(tx)
    snapshot = await held_snapshot(tx, sealer, dimension)
    if snapshot.period >= period:
        return
    # The snapshot's row is held: whoever clears an answer has done so, or waits. The answers are held, too:
    # whoever changes theirs has done so, or finds where they are counted.
    rows = await tx.all(ANSWERS, {"dimension": dimension})
    read = {each.member_id: answer_of(sealer, each) for each in rows}
    began = rules.begin_of(period)
    answers = {
        each.member_id: Answered(
            read[each.member_id][1],
            _cell(each, read[each.member_id], began),
        )
        for each in rows
    }
    counted, moved = rules.recount(figures_of(sealer, snapshot), answers)
    for each in rows:
        if each.member_id in moved:
            text = sealed_answer(sealer, each, read[each.member_id][0], moved[each.member_id])
            await tx.execute(
                KEEP_ANSWER, {"_dimension": dimension, "_member": each.member_id, "_sealed": text}
            )
    options = (await options_of(tx)).get(dimension, ())
    told = rules.told(counted.figures, options)
    sealed = sealed_figures(sealer, dimension, counted)
    given = {"_dimension": dimension, "_period": period, "_told": told, "_sealed": sealed}
    await tx.execute(KEEP_SNAPSHOT, given)


def _cell(row: Any, answer: tuple[str, Any], began: Any) -> rules.Cell | None:
    """Where somebody belongs now. An answer since the period began does not count yet: they stay."""
    if row.state is not MemberState.ACTIVE:
        return None
    said, counted = answer
    if row.answered_at >= began:
        return counted
    responsible = bool(row.roles) or row.function is not None
    return rules.segment_of(responsible=responsible, stage=row.stage), said


_ANSWER, _SNAPSHOT = DemographicAnswer, DemographicSnapshot
_COUNTED_BEFORE: Any = sa.select(
    col(_SNAPSHOT.community_id).label("community_id"), col(_SNAPSHOT.dimension).label("dimension")
).where(col(_SNAPSHOT.period) < sa.bindparam("period"))
"""Where there may be figures of people who all have gone."""
DUE: Any = constant(
    across(
        sa.select(col(_ANSWER.community_id).label("community_id"), col(_ANSWER.dimension).label("dimension"))
        .where(
            col(_ANSWER.answered_at) < sa.bindparam("began"),
            ~sa.exists().where(
                col(_SNAPSHOT.community_id) == col(_ANSWER.community_id),
                col(_SNAPSHOT.dimension) == col(_ANSWER.dimension),
                col(_SNAPSHOT.period) >= sa.bindparam("period"),
            ),
        )
        .union(_COUNTED_BEFORE),
        why="the clock looks at every community",
    )
)
_FUNCTION = (
    select(sa.func.min(col(FunctionGrant.function)))
    .where(scope(FunctionGrant), col(FunctionGrant.member_id) == col(Member.id))
    .correlate(Member)
    .scalar_subquery()
)
ANSWERS = constant(
    sa.select(
        col(_ANSWER.member_id),
        col(_ANSWER.dimension),
        col(_ANSWER.sealed),
        col(_ANSWER.answered_at),
        col(Member.state),
        col(Member.roles),
        col(Member.stage),
        _FUNCTION.label("function"),
    )
    .join(
        Member,
        sa.and_(
            col(Member.community_id) == col(_ANSWER.community_id), col(Member.id) == col(_ANSWER.member_id)
        ),
    )
    .where(scope(_ANSWER), col(_ANSWER.dimension) == sa.bindparam("dimension"))
    .with_for_update(of=_ANSWER)
)
KEEP_ANSWER = constant(
    sa.update(_ANSWER)
    .where(
        scope(_ANSWER),
        col(_ANSWER.dimension) == sa.bindparam("_dimension"),
        col(_ANSWER.member_id) == sa.bindparam("_member"),
    )
    .values(sealed=sa.bindparam("_sealed"))
)
KEEP_SNAPSHOT = constant(
    sa.update(_SNAPSHOT)
    .where(scope(_SNAPSHOT), col(_SNAPSHOT.dimension) == sa.bindparam("_dimension"))
    .values(period=sa.bindparam("_period"), told=sa.bindparam("_told"), sealed=sa.bindparam("_sealed"))
)

"""Heed merges: MergeApplied -> what was the merged member's is the survivor's, MergeReverted -> it goes back.

The consumer only notes the merge; the clock's job hands over, or back, some in each write. What counts as
theirs is what either does with it from then on; votes and ratings, one for each member, stay as they were.
"""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.due import tried
from services.knowledge.models import Merge
from services.knowledge.people import rules
from services.knowledge.people.hand_over import hand_back, hand_over
from shared.consumers import Consumers
from shared.contracts.membership import MergeApplied, MergeReverted
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.newest import keep_newest
from shared.store import Context, Store, Tx, across, constant, scope
from shared.tombstones import erased_among

consumers = Consumers()
jobs = Jobs()


@consumers.on(MergeApplied, MergeReverted)  # type: ignore[arg-type]  # one of these two
async def heed(tx: Tx, fact: MergeApplied | MergeReverted) -> None:
    """Keep what the merge's newest fact says; nothing is handed to or from who was erased."""
    if await erased_among(tx, [fact.merged_id, fact.survivor_id]):
        return
    newer = {
        "undone": isinstance(fact, MergeReverted),
        "heard_at": tx.now,
        "look_at": tx.now,
    }
    row = {
        "id": fact.merge_id,
        "community_id": fact.community_id,
        "merged_id": fact.merged_id,
        "survivor_id": fact.survivor_id,
    }
    await keep_newest(tx, Merge, fact, ["id"], row, newer)


@jobs.every(seconds=0.5)
async def carry_over(store: Store) -> None:
    """Hand over, or back, whatever is left of every merge; idle it costs a look into an index."""
    for each in await store.read(_due, Context()):
        context = Context(actor=service_actor("knowledge"), community_id=each.community_id)
        while await tried(store.write(partial(_some, merge_id=each.id), context), each.id):
            crashpoint("mid_hand_over")


async def _due(tx: Tx) -> list[Merge]:
    return await tx.all(DUE, {"now": tx.now})


async def _some(tx: Tx, merge_id: UUID) -> bool:
    """Hand some over, or back; whether there may be more."""
    merge = await tx.first(HOLD_MERGE, {"merge_id": merge_id})
    if merge is None or merge.look_at is None:
        return False
    if await (hand_back if merge.undone else hand_over)(tx, merge):
        return True
    look = None if merge.undone else rules.next_look(merge.heard_at, tx.now)
    await tx.execute(LOOK, {"merge_id": merge_id, "look": look})
    return False


_MOMENT = Merge.__table__.c.look_at.type  # type: ignore[attr-defined]
_THIS = (scope(Merge), col(Merge.id) == sa.bindparam("merge_id"))
DUE = constant(
    across(
        select(Merge)
        .where(col(Merge.look_at).is_not(None), col(Merge.look_at) <= sa.bindparam("now", type_=_MOMENT))
        .order_by(col(Merge.look_at))
        .limit(100),
        why="the clock looks at every community",
    )
)
HOLD_MERGE = constant(select(Merge).where(*_THIS).with_for_update())
LOOK = constant(sa.update(Merge).where(*_THIS).values(look_at=sa.bindparam("look", type_=_MOMENT)))

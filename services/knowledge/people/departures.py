"""Who is away: MemberLeft, MemberBanned, MemberErased -> what they looked after waits for others.

The consumer only notes the member; the clock's job does the rest, some in each write: they curate nothing,
calls they claimed are open again, and each article they own has a task to give it another owner. Who comes
back meanwhile keeps what is left.
"""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.due import tried
from services.knowledge.models import Departure
from services.knowledge.people import rules
from services.knowledge.people.leaving import ask_for_owners, leave_collections, release_calls
from shared.consumers import Consumers
from shared.contracts.membership import (
    MemberBanned,
    MemberErased,
    MemberLeft,
    MemberReinstated,
    MemberRejoined,
)
from shared.contracts.membership.members import MemberFact
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.newest import keep_newest
from shared.store import Context, Store, Tx, across, constant, scope
from shared.tombstones import erased

consumers = Consumers()
jobs = Jobs()

AWAY: dict[type[MemberFact], bool] = {
    MemberLeft: True,
    MemberBanned: True,
    MemberErased: True,
    MemberRejoined: False,
    MemberReinstated: False,
}


@consumers.on(*AWAY)
async def heed(tx: Tx, fact: MemberFact) -> None:
    """Keep whether they are away as of the newest fact; of who was erased here the erasure takes care."""
    if await erased(tx, fact.member_id):
        return
    away = AWAY[type(fact)]
    newer = {
        "away": away,
        "heard_at": tx.now,
        "look_at": tx.now if away else None,
    }
    row = {"community_id": fact.community_id, "member_id": fact.member_id}
    await keep_newest(tx, Departure, fact, ["community_id", "member_id"], row, newer)


@jobs.every(seconds=0.5)
async def see_off(store: Store) -> None:
    """See to what those who are away looked after; idle it costs a look into an index."""
    for each in await store.read(_due, Context()):
        context = Context(actor=service_actor("knowledge"), community_id=each.community_id)
        while await tried(store.write(partial(_some, member_id=each.member_id), context), each.member_id):
            crashpoint("mid_departure")


async def _due(tx: Tx) -> list[Departure]:
    return await tx.all(DUE, {"now": tx.now})


async def _some(tx: Tx, member_id: UUID) -> bool:
    """See to some of what they looked after; whether there may be more."""
    departure = await tx.first(HOLD_DEPARTURE, {"member_id": member_id})
    if departure is None or departure.look_at is None:
        return False
    for step in (leave_collections, release_calls, ask_for_owners):
        if await step(tx, [member_id]):
            return True
    await tx.execute(LOOK, {"member_id": member_id, "look": rules.next_look(departure.heard_at, tx.now)})
    return False


_MOMENT = Departure.__table__.c.look_at.type  # type: ignore[attr-defined]
_ID = Departure.__table__.c.member_id.type  # type: ignore[attr-defined]
_MEMBER = sa.bindparam("member_id", type_=_ID)
_THIS = (scope(Departure), col(Departure.member_id) == _MEMBER)
DUE = constant(
    across(
        select(Departure)
        .where(
            col(Departure.look_at).is_not(None), col(Departure.look_at) <= sa.bindparam("now", type_=_MOMENT)
        )
        .order_by(col(Departure.look_at))
        .limit(100),
        why="the clock looks at every community",
    )
)
HOLD_DEPARTURE = constant(select(Departure).where(*_THIS).with_for_update())
LOOK = constant(sa.update(Departure).where(*_THIS).values(look_at=sa.bindparam("look", type_=_MOMENT)))

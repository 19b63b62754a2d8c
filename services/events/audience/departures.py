"""Who may not come any more: a Departure -> future registrations are cancelled, those who wait move up.

The consumers of membership and moderation only note the member; the clock's job does the rest, some in each
write, and for a moment longer: a registration that had begun before the fact was heard is found, too.
"""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.audience import rules
from services.events.audience.admit import keeps_away
from services.events.audience.hand_over import hand_over
from services.events.audience.leaving import leave_events, leave_series
from services.events.models import Departure
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

jobs = Jobs()

REASON = "may not come any more"


async def depart(tx: Tx, member_id: UUID, goes_to: UUID | None = None) -> None:
    """Note that what the member has registered for is to be cancelled, or whose it is from now on."""
    again = {"goes_to": goes_to, "heard_at": tx.now, "look_at": tx.now}
    put = tx.upsert(Departure).on_conflict_do_update(index_elements=["community_id", "member_id"], set_=again)
    await tx.execute(put, {"community_id": tx.community_id, "member_id": member_id} | again)


@jobs.every(seconds=0.5)
async def see_off(store: Store) -> None:
    """Cancel what is left of everybody who may not come; idle it costs a look into an index."""
    for each in await store.read(_due, Context()):
        context = Context(actor=service_actor("events"), community_id=each.community_id)
        while await store.write(partial(_cancel_some, member_id=each.member_id), context):
            crashpoint("mid_departure")


async def _due(tx: Tx) -> list[Departure]:
    return await tx.all(DUE, {"now": tx.now})


async def _cancel_some(tx: Tx, member_id: UUID) -> bool:
    """Cancel or hand over some of what the member has; whether there may be more."""
    departure = await tx.first(HOLD_DEPARTURE, {"member_id": member_id})
    if departure is None:
        return False
    if await keeps_away(tx, departure.goes_to or member_id) is not None:
        more = await leave_series(tx, [member_id]) + await leave_events(tx, [member_id], REASON)
    elif departure.goes_to is not None:
        more = await hand_over(tx, member_id, departure.goes_to)
    else:
        await stay(tx, member_id)  # may come again, and keeps what is left
        return False
    if more:
        return True
    following = rules.next_look(departure.heard_at, tx.now)
    if following is None:
        await stay(tx, member_id)
    else:
        await tx.execute(LOOK, {"member_id": member_id, "look": following})
    return False


async def stay(tx: Tx, member_id: UUID) -> None:
    """Nothing is to be done about the member any more."""
    await tx.execute(FORGET, {"member_id": member_id})


_MOMENT = Departure.__table__.c.look_at.type  # type: ignore[attr-defined]
_THIS = (scope(Departure), col(Departure.member_id) == sa.bindparam("member_id"))
DUE = constant(
    across(
        select(Departure)
        .where(col(Departure.look_at) <= sa.bindparam("now", type_=_MOMENT))
        .order_by(col(Departure.look_at))
        .limit(100),
        why="the clock looks at every community",
    )
)
HOLD_DEPARTURE = constant(select(Departure).where(*_THIS).with_for_update())
LOOK = constant(sa.update(Departure).where(*_THIS).values(look_at=sa.bindparam("look", type_=_MOMENT)))
FORGET = constant(sa.delete(Departure).where(*_THIS))

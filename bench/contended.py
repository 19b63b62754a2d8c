"""Events as it is, and beside its routes the barest way to give a seat away: one conditional UPDATE."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.events.app import service
from services.events.models import Base, Event
from shared.app import create_app
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Router, View, Write
from shared.runtime import Service
from shared.store import Tx, constant, scope

router = Router(tags=["bench"])


class SoldOut(Conflict):
    title = "Sold out"


class SeatView(View):
    ok: bool


async def take(tx: Tx, _actor: Actor, event_id: UUID) -> SeatView:
    """A seat for nobody in particular: no row, no order, no fact."""
    if not await tx.execute(TAKE, {"event_id": event_id}):
        raise SoldOut
    return SeatView(ok=True)


TAKE = constant(
    sa.update(Event)
    .where(scope(Event), col(Event.id) == sa.bindparam("event_id"), col(Event.taken) < col(Event.capacity))
    .values(taken=col(Event.taken) + 1)
)


@router.post("/v1/communities/{community_id}/events/{event_id}/bare-seats", allows="event.register")
async def post_bare_seat(community_id: UUID, event_id: UUID, write: Write) -> SeatView:  # noqa: ARG001 - the tenant
    return await write(take, event_id)  # type: ignore[no-any-return]


class _Bare:
    router = router


slices: list[Any] = [*service.slices, _Bare]
app = create_app(Service("events", Base, slices))

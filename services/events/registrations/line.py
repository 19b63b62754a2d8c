"""Who is next, and is there a seat: GET position, availability, seat-log -> the counters and the log."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.events.access import visible_event
from services.events.models import OFFER_IS_OPEN, Offer, Registration, SeatEntry
from services.events.registrations.access import known
from services.events.registrations.enter import takes_registrations
from services.events.registrations.rules import RegistrationState, SeatStep
from services.events.registrations.seats import free
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["registrations"])


class PositionView(View):
    """A place on the waiting list, 1 at its head; null for whoever does not wait."""

    state: RegistrationState
    position: int | None
    waiting_ahead_seats: int | None


class AvailabilityView(View):
    """The seats of an event: `free` is null without a capacity; `waiting` counts seats, too."""

    capacity: int | None
    taken: int
    free: int | None
    waiting: int
    offers_open: int
    takes_registrations: bool


class SeatEntryView(View):
    """A step of the seat log: what happened to whom, and the seats after it."""

    no: int
    registration_id: UUID | None
    step: SeatStep
    seq: int | None
    party_size: int
    taken: int
    waiting: int
    capacity: int | None
    at: AwareDatetime


async def position(tx: Tx, actor: Actor, event_id: UUID, registration_id: UUID) -> PositionView:
    """How many wait before this one."""
    registration = await known(tx, actor, event_id, registration_id)
    if registration.state is not RegistrationState.WAITLISTED:
        return PositionView(state=registration.state, position=None, waiting_ahead_seats=None)
    ahead: Any = await tx.one(AHEAD, {"event_id": event_id, "seq": registration.seq})
    return PositionView(
        state=registration.state, position=ahead.parties + 1, waiting_ahead_seats=ahead.seats or 0
    )


async def availability(tx: Tx, actor: Actor, event_id: UUID) -> AvailabilityView:
    """The seats as they are now."""
    event = await visible_event(tx, actor, event_id)
    offers: Any = await tx.one(OFFERS_OPEN, {"event_id": event_id})
    return AvailabilityView(
        capacity=event.capacity,
        taken=event.taken,
        free=free(event),
        waiting=event.waiting,
        offers_open=offers.number,
        takes_registrations=takes_registrations(event, tx.now),
    )


async def seat_log(tx: Tx, actor: Actor, event_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """What shows that who came first was served first."""
    await visible_event(tx, actor, event_id)
    return await tx.page(LOG, {"event_id": event_id}, by=(SeatEntry.no,), limit=limit, cursor=cursor)


AHEAD = constant(
    sa.select(
        sa.func.count().label("parties"),
        sa.cast(sa.func.sum(col(Registration.party_size)), sa.Integer()).label("seats"),
    ).where(
        scope(Registration),
        col(Registration.event_id) == sa.bindparam("event_id"),
        col(Registration.state) == RegistrationState.WAITLISTED,
        col(Registration.seq) < sa.bindparam("seq"),
    )
)
OFFERS_OPEN = constant(
    sa.select(sa.func.count().label("number"))
    .select_from(Offer)
    .where(scope(Offer), col(Offer.event_id) == sa.bindparam("event_id"), OFFER_IS_OPEN)
)
LOG = constant(select(SeatEntry).where(scope(SeatEntry), col(SeatEntry.event_id) == sa.bindparam("event_id")))


@router.get(
    "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}/position",
    allows="event.register",
)
async def get_position(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    event_id: UUID,
    registration_id: UUID,
    read: Read,
) -> PositionView:
    return await read(position, event_id, registration_id)


@router.get("/v1/communities/{community_id}/events/{event_id}/availability", allows="event.read")
async def get_availability(community_id: UUID, event_id: UUID, read: Read) -> AvailabilityView:  # noqa: ARG001 - as above
    return await read(availability, event_id)


@router.get("/v1/communities/{community_id}/events/{event_id}/seat-log", allows="attendance.read")
async def get_seat_log(
    community_id: UUID,  # noqa: ARG001 - as above
    event_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SeatEntryView]:
    return await read(seat_log, event_id, limit, cursor)

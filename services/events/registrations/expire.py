"""Offers expire: nobody answered in time -> back to the end of the waiting list, and on to the next."""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import HOLD_EVENT, OFFER_IS_OPEN, Event, Offer, Registration
from services.events.registrations.rules import OfferState, RegistrationState, SeatStep
from services.events.registrations.seats import fill, log_step
from services.events.registrations.steps import Move, close_offers, take
from shared.contracts.events import RegistrationOfferExpired, RegistrationWaitlisted
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

jobs = Jobs()

AT_ONCE = 50
"""Offers of one event that expire in one write."""
LOOKED_AT = 500
"""Offers one look finds; their events are then taken one by one."""
_MOMENT = Offer.__table__.c.expires_at.type  # type: ignore[attr-defined]
_DUE = (
    OFFER_IS_OPEN,
    col(Offer.expires_at) <= sa.bindparam("now", type_=_MOMENT),
)
EVENTS_DUE = constant(
    across(
        sa.select(col(Offer.event_id), col(Offer.community_id))
        .where(*_DUE)
        .order_by(col(Offer.expires_at))
        .limit(LOOKED_AT),
        why="the clock looks at every community",
    )
)
DUE = constant(
    select(Registration)
    .join(Offer, col(Offer.registration_id) == col(Registration.id))
    .where(
        scope(Registration),
        scope(Offer),
        col(Offer.event_id) == sa.bindparam("event_id"),
        *_DUE,
    )
    .order_by(col(Offer.expires_at), col(Registration.seq))
    .limit(AT_ONCE)
)
"""Read under the event's lock: two replicas at once never expire the same one, and none is passed over."""


@jobs.every(seconds=0.5)
async def expire(store: Store) -> None:
    """Take back every seat nobody wanted in time; idle it costs a look into an index."""
    for event_id, community_id in (await store.read(_events_due, Context())).items():
        context = Context(actor=service_actor("events"), community_id=community_id)
        while await store.write(partial(expire_some, event_id=event_id), context) == AT_ONCE:
            crashpoint("mid_offers_expired")
        crashpoint("after_offers_expired")


async def _events_due(tx: Tx) -> dict[UUID, UUID]:
    """The events with offers that are over, the oldest first, and whose they are."""
    return {row.event_id: row.community_id for row in await tx.all(EVENTS_DUE, {"now": tx.now})}


async def expire_some(tx: Tx, event_id: UUID) -> int:
    """Expire some offers of the event, the oldest first, and offer their seats to who is next; how many."""
    event = await tx.one(HOLD_EVENT, {"event_id": event_id})
    due = await tx.all(DUE, {"event_id": event_id, "now": tx.now})
    await close_offers(tx, [each.id for each in due], OfferState.EXPIRED)
    for each in due:
        event = await _to_the_end(tx, event, each)
    await fill(tx, event)
    crashpoint("before_offers_expired")
    return len(due)


async def _to_the_end(tx: Tx, event: Event, registration: Registration) -> Event:
    """They wait again, behind everybody who waits now."""
    seq, seats = event.next_seq, registration.party_size
    await take(
        tx,
        registration,
        RegistrationState.WAITLISTED,
        RegistrationOfferExpired,
        RegistrationWaitlisted,
        telling={"seq": seq},
        seq=seq,
    )
    expired = Move(SeatStep.EXPIRED, registration.id, registration.seq, seats, taken=-seats)
    waits = Move(SeatStep.WAITLISTED, registration.id, seq, seats, waiting=seats)
    return await log_step(tx, event, expired, waits, seqs=1)

"""Settle an event two hours after its end: who never came is no-show -> EventAttendanceCounted."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.events.evaluations.recount import recount
from services.events.models import Event, Offer, Registration
from services.events.registrations.follow import BRIEFLY, in_chunks, release
from services.events.registrations.rules import CAME, SEATED, OfferState, RegistrationState
from services.events.registrations.steps import told
from shared.contracts.events import EventAttendanceCounted, RegistrationNoShow
from shared.store import Tx, constant, scope

OPEN_ENDED = (RegistrationState.PENDING_APPROVAL, RegistrationState.WAITLISTED, RegistrationState.OFFERED)


async def settle(tx: Tx, event: Event) -> Event:
    """Count the attendance of an event the caller holds, once: its version rises, its clock stands still.

    Confirmed ones who never came become no-shows; whoever still waited, or had an offer, is cancelled."""
    for some in in_chunks(await tx.all(CONFIRMED, {"event_id": event.id})):
        await tx.lock_all(Registration, [row.id for row in some], state=RegistrationState.NO_SHOW)
        for row in some:
            tx.publish(told(RegistrationNoShow, row))
    left = await tx.all(LEFT, {"event_id": event.id})
    await release(tx, event, left, OfferState.WITHDRAWN, "event over")
    return await count(tx, event, settled_at=tx.now, clock_at=None)


async def count(tx: Tx, event: Event, **changes: Any) -> Event:
    """Tell the attendance as it is known now: when it is settled, and again when it is corrected."""
    after = await tx.lock(Event, event.id, **changes)
    known = await counted(tx, after)
    await recount(tx, known)
    tx.publish(known)
    return after


async def counted(tx: Tx, event: Event) -> EventAttendanceCounted:
    """What is known of the attendance, in seats; `confirmed` as of the start (DOMAIN D10).

    Who came to have a seat later, as walk-ins do, counts with them: nobody comes who was not expected."""
    rows = await tx.all(SEATS, {"event_id": event.id})
    seats = {state: sum(row.seats for row in rows if row.state is state) for state in RegistrationState}
    late = sum(row.seats for row in rows if row.late and row.state is RegistrationState.CANCELLED)
    seated = sum(seats[state] for state in SEATED - {RegistrationState.OFFERED})
    confirmed = max(event.confirmed_at_start or 0, seated)
    offers = {row.state: row.offers for row in await tx.all(OFFERS, {"event_id": event.id})}
    return EventAttendanceCounted(
        community_id=event.community_id,
        event_id=event.id,
        starts_at=event.starts_at,
        capacity=event.capacity,
        confirmed=confirmed,
        checked_in=sum(seats[state] for state in CAME),
        no_show=seats[RegistrationState.NO_SHOW],
        late_cancelled=late,
        offers=sum(offers.values()),
        offers_accepted=offers.get(OfferState.ACCEPTED, 0),
    )


_OF_EVENT = (scope(Registration), col(Registration.event_id) == sa.bindparam("event_id"))
CONFIRMED = constant(
    sa.select(*BRIEFLY)
    .where(*_OF_EVENT, col(Registration.state) == RegistrationState.CONFIRMED)
    .order_by(col(Registration.seq))
)
LEFT = constant(
    sa.select(*BRIEFLY)
    .where(*_OF_EVENT, col(Registration.state).in_(OPEN_ENDED))
    .order_by(col(Registration.seq))
)
SEATS = constant(
    sa.select(
        col(Registration.state),
        col(Registration.late),
        sa.cast(sa.func.sum(col(Registration.party_size)), sa.Integer()).label("seats"),
    )
    .where(*_OF_EVENT)
    .group_by(col(Registration.state), col(Registration.late))
)
OFFERS = constant(
    sa.select(col(Offer.state), sa.func.count().label("offers"))
    .where(scope(Offer), col(Offer.event_id) == sa.bindparam("event_id"))
    .group_by(col(Offer.state))
)

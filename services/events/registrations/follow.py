"""What becomes of the registrations of an event that is called off or moved -> a fact for each of them."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.events.models import OFFER_IS_OPEN, REGISTRATION_COUNTS, Event, Offer, Registration
from services.events.registrations.rules import (
    SEATED,
    OfferState,
    RegistrationState,
    SeatStep,
)
from services.events.registrations.steps import AT_ONCE, Move, close_offers, log_step, told
from shared.contracts.events import RegistrationCancelled, RegistrationReconfirmAsked
from shared.store import Tx, constant, scope


async def cancel_all(tx: Tx, event: Event, reason: str) -> Event:
    """Cancel every registration that counts, because the event will not be; nobody is late with it."""
    rows = await tx.all(COUNTING, {"event_id": event.id})
    return await release(tx, event, rows, OfferState.WITHDRAWN, reason)


async def release(tx: Tx, event: Event, rows: Sequence[Any], offers: OfferState, reason: str | None) -> Event:
    """Cancel these registrations of an event the caller holds, and let their seats and offers go."""
    for some in in_chunks(rows):
        changes = {
            "state": RegistrationState.CANCELLED,
            "active": False,
            "reason": reason,
            "cancelled_at": tx.now,
        }
        await tx.lock_all(Registration, [row.id for row in some], **changes)
        await close_offers(tx, [row.id for row in some], offers)
        for row in some:
            tx.publish(told(RegistrationCancelled, row, late=False))
        event = await log_step(tx, event, *(given_up(SeatStep.CANCELLED, row) for row in some))
    return event


def given_up(step: SeatStep, row: Any) -> Move:
    """The line for somebody who gives up what they have: seats, a place on the waiting list, or a wish."""
    seats = -row.party_size
    return Move(
        step,
        row.id,
        row.seq,
        row.party_size,
        taken=seats if row.state in SEATED else 0,
        waiting=seats if row.state is RegistrationState.WAITLISTED else 0,
    )


async def ask_again(tx: Tx, event: Event) -> None:
    """Ask everybody confirmed whether they come at the new time, and let no offer outlast the new start."""
    rows = await tx.all(TO_ASK, {"event_id": event.id})
    for some in in_chunks(rows):
        await tx.lock_all(Registration, [row.id for row in some], reconfirm=True)
        for row in some:
            tx.publish(told(RegistrationReconfirmAsked, row))
    await tx.execute(SHORTEN, {"event_id": event.id, "starts_at": event.starts_at})


def in_chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """So many rows as one statement takes."""
    return (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))


BRIEFLY = tuple(
    col(getattr(Registration, name))
    for name in ("id", "community_id", "event_id", "member_id", "party_size", "seq", "state")
)
"""What facts and the seat log need of a registration, without what lies sealed with it."""
_OF_EVENT = (scope(Registration), col(Registration.event_id) == sa.bindparam("event_id"))
COUNTING = constant(
    sa.select(*BRIEFLY).where(*_OF_EVENT, REGISTRATION_COUNTS).order_by(col(Registration.seq))
)
TO_ASK = constant(
    sa.select(*BRIEFLY)
    .where(
        *_OF_EVENT,
        col(Registration.state) == RegistrationState.CONFIRMED,
        col(Registration.reconfirm).is_(False),
    )
    .order_by(col(Registration.seq))
)
_MOMENT = Offer.__table__.c.expires_at.type  # type: ignore[attr-defined]
SHORTEN = constant(
    sa.update(Offer)
    .where(
        scope(Offer),
        col(Offer.event_id) == sa.bindparam("event_id"),
        OFFER_IS_OPEN,
        col(Offer.expires_at) > sa.bindparam("starts_at", type_=_MOMENT),
    )
    .values(expires_at=sa.bindparam("starts_at", type_=_MOMENT))
)

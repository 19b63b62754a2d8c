"""One step of a registration: its state, the fact that tells of it, and its line in the seat log."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import OFFER_IS_OPEN, Event, Offer, Registration, SeatEntry
from services.events.registrations.rules import ACTIVE, OfferState, RegistrationState, SeatStep
from shared.contracts.events import (
    RegistrationConfirmed,
    RegistrationOffered,
    RegistrationPending,
    RegistrationWaitlisted,
)
from shared.facts import Fact
from shared.store import Tx, constant, scope

F = TypeVar("F", bound=Fact)
AT_ONCE = 200
"""Registrations changed by one statement."""


class Move(NamedTuple):
    """A line of the seat log to be: what happens to whom, and by how many seats `taken` and `waiting` change.

    `seq` is the place in line the registration had in that step."""

    step: SeatStep
    registration_id: UUID | None = None
    seq: int | None = None
    party_size: int = 0
    taken: int = 0
    waiting: int = 0


def move(step: SeatStep, registration: Registration, *, taken: int = 0, waiting: int = 0) -> Move:
    """The line for a registration as it is."""
    return Move(step, registration.id, registration.seq, registration.party_size, taken, waiting)


async def log_step(tx: Tx, event: Event, *moves: Move, seqs: int = 0) -> Event:
    """Write the moves down in this order and let the event's counters follow; the event as it is then.

    The caller holds the event; `event` is its newest row. `seqs` places in line were given away besides.
    """
    taken, waiting = event.taken, event.waiting
    entries: list[SeatEntry] = []
    for no, each in enumerate(moves, event.next_step):
        taken, waiting = taken + each.taken, waiting + each.waiting
        entries.append(
            SeatEntry(
                event_id=event.id,
                no=no,
                community_id=event.community_id,
                registration_id=each.registration_id,
                step=each.step,
                seq=each.seq,
                party_size=each.party_size,
                taken=taken,
                waiting=waiting,
                capacity=event.capacity,
                at=tx.now,
            )
        )
    if not entries:
        return event
    await tx.insert(entries)
    return await tx.update(
        Event,
        event.id,
        taken=taken,
        waiting=waiting,
        next_step=event.next_step + len(entries),
        next_seq=event.next_seq + seqs,
    )


def told(fact: Callable[..., F], registration: Any, **more: Any) -> F:
    """The fact about this registration."""
    return fact(
        community_id=registration.community_id,
        registration_id=registration.id,
        event_id=registration.event_id,
        member_id=registration.member_id,
        party_size=registration.party_size,
        **more,
    )


async def take(
    tx: Tx,
    registration: Registration,
    state: RegistrationState,
    *facts: Callable[..., Fact],
    telling: dict[str, Any] | None = None,
    **changes: Any,
) -> Registration:
    """Bring a registration to `state` and tell of it; `telling` is what the last fact says besides.

    The caller holds the event.
    """
    after = await tx.lock(
        Registration, registration.id, facts=len(facts), state=state, active=state in ACTIVE, **changes
    )
    for fact in facts:
        tx.publish(told(fact, after, **((telling or {}) if fact is facts[-1] else {})))
    return after


async def as_it_is(tx: Tx, registration: Registration) -> Fact:
    """The fact of the state it is in, told again after what they take along changed."""
    if registration.state is RegistrationState.PENDING_APPROVAL:
        return told(RegistrationPending, registration)
    if registration.state is RegistrationState.WAITLISTED:
        return told(RegistrationWaitlisted, registration, seq=registration.seq)
    if registration.state is RegistrationState.OFFERED:
        offer = await open_offer(tx, registration.id)
        return told(RegistrationOffered, registration, expires_at=offer.expires_at)
    return told(RegistrationConfirmed, registration)


async def open_offer(tx: Tx, registration_id: UUID) -> Offer:
    """The offer that is open for an offered registration."""
    return await tx.one(OPEN_OFFER, {"registration_id": registration_id})


async def close_offers(tx: Tx, registrations: Sequence[UUID], state: OfferState) -> None:
    """Close what is still open for these registrations."""
    for at in range(0, len(registrations), AT_ONCE):
        ids = list(registrations[at : at + AT_ONCE])
        await tx.execute(CLOSE_OFFERS, {"ids": ids, "became": state, "now": tx.now})


_IS_OPEN = (scope(Offer), OFFER_IS_OPEN)
OPEN_OFFER = constant(
    select(Offer).where(*_IS_OPEN, col(Offer.registration_id) == sa.bindparam("registration_id"))
)
CLOSE_OFFERS = constant(
    sa.update(Offer)
    .where(
        *_IS_OPEN,
        col(Offer.registration_id).in_(
            sa.bindparam("ids", type_=Offer.__table__.c.registration_id.type, expanding=True)  # type: ignore[attr-defined]
        ),
    )
    .values(
        state=sa.bindparam("became", type_=Offer.__table__.c.state.type),  # type: ignore[attr-defined]
        decided_at=sa.bindparam("now", type_=Offer.__table__.c.decided_at.type),  # type: ignore[attr-defined]
    )
)

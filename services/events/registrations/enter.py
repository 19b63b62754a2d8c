"""How a registration comes to be, whoever makes it: refused by name, or a seat, a wish or a place in line."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.events.events.rules import (
    AHEAD,
    TAKES_FROM_ORGANISERS,
    TAKES_REGISTRATIONS,
    Approval,
    EventState,
)
from services.events.models import THE_REGISTRATION, Event, Registration
from services.events.registrations import rules
from services.events.registrations.rules import RegistrationSource, RegistrationState, SeatStep
from services.events.registrations.seats import fill, free, log_step
from services.events.registrations.steps import move, told
from shared.contracts.events import RegistrationConfirmed, RegistrationPending, RegistrationWaitlisted
from shared.problems import Conflict, Unprocessable
from shared.store import Tx


class RegistrationClosed(Conflict):
    """Members register while registration is open, organisers until the event is over."""

    title = "Registration is not open"


class PartyTooLarge(Unprocessable):
    """More than one registration may bring along, or than the event has seats; `most` says how many."""

    title = "Too many for one registration"


class EventFull(Conflict):
    """All seats are taken, and the event has no waiting list."""

    title = "The event is full"


class WaitingListFull(Conflict):
    title = "The waiting list is full"


class Place(NamedTuple):
    """Who wants to come."""

    id: UUID
    member_id: UUID | None
    party_size: int
    source: RegistrationSource
    series_registration_id: UUID | None = None


STEPS = {
    RegistrationState.CONFIRMED: SeatStep.CONFIRMED,
    RegistrationState.WAITLISTED: SeatStep.WAITLISTED,
    RegistrationState.PENDING_APPROVAL: SeatStep.PENDING,
}


def require_open(event: Event, now: datetime, *, by_organiser: bool) -> None:
    """Raise unless the event takes registrations now, even where the clock has not closed it yet."""
    if by_organiser:
        if event.state not in TAKES_FROM_ORGANISERS:
            raise RegistrationClosed(state=event.state.value)
    elif not takes_registrations(event, now):
        raise RegistrationClosed(state=event.state.value)


def takes_registrations(event: Event, now: datetime) -> bool:
    """Whether members may register now."""
    return event.state in TAKES_REGISTRATIONS and _in_time(event, now)


def takes_series(event: Event, now: datetime) -> bool:
    """Whether an occurrence takes those who register for its series: also before its own window opens."""
    early = event.state is EventState.PUBLISHED and event.opens_at is not None
    return (early or event.state in TAKES_REGISTRATIONS) and _in_time(event, now)


def _in_time(event: Event, now: datetime) -> bool:
    return now < event.starts_at and (event.closes_at is None or now < event.closes_at)


def require_party(event: Event, party_size: int) -> None:
    """Raise unless that many may come together."""
    most = min(event.per_registration_max, event.capacity or event.per_registration_max)
    if party_size > most:
        raise PartyTooLarge(most=most)


def require_line(event: Event, party_size: int) -> None:
    """Raise unless so many more may wait."""
    if not event.waitlist_enabled:
        raise EventFull
    if event.waiting + party_size > min(event.waitlist_max or rules.WAITING_MAX, rules.WAITING_MAX):
        raise WaitingListFull


def entering(event: Event, place: Place) -> RegistrationState:
    """What becomes of somebody who comes last; refused where they neither fit nor may wait."""
    require_party(event, place.party_size)
    if event.approval is Approval.MANUAL and place.source is not RegistrationSource.ORGANISER:
        return RegistrationState.PENDING_APPROVAL
    behind = event.waiting > 0 and event.state in AHEAD
    state = rules.enters(free(event), place.party_size, behind=behind, allow_skip=event.allow_skip)
    if state is RegistrationState.WAITLISTED:
        require_line(event, place.party_size)
    return state


async def enter(tx: Tx, event: Event, place: Place, **columns: Any) -> tuple[Event, Registration]:
    """Put somebody on the list of an event the caller holds; refused, it leaves no trace."""
    state = entering(event, place)
    registration = Registration(
        **place._asdict(),
        **columns,
        community_id=event.community_id,
        event_id=event.id,
        state=state,
        seq=event.next_seq,
        confirmed_at=tx.now if state is RegistrationState.CONFIRMED else None,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(registration)
    seats = place.party_size
    taken = seats if state is RegistrationState.CONFIRMED else 0
    waiting = seats if state is RegistrationState.WAITLISTED else 0
    event = await log_step(tx, event, move(STEPS[state], registration, taken=taken, waiting=waiting), seqs=1)
    if state is RegistrationState.WAITLISTED:
        tx.publish(told(RegistrationWaitlisted, registration, seq=registration.seq))
        filled = await fill(tx, event)
        if filled is not event:  # whatever had kept those seats empty is over, maybe for this one, too
            given = {"event_id": event.id, "registration_id": registration.id}
            registration = await tx.one(THE_REGISTRATION, given)
        event = filled
    else:
        confirmed = state is RegistrationState.CONFIRMED
        tx.publish(told(RegistrationConfirmed if confirmed else RegistrationPending, registration))
    return event, registration

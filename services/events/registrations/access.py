"""Whose registration it is: their own, or one of an event the caller organises; missing for all others."""

from typing import NamedTuple
from uuid import UUID

from services.events.events.access import manages
from services.events.events.rules import OVER
from services.events.models import HOLD_EVENT, THE_EVENT, THE_REGISTRATION, Event, Registration
from services.events.registrations import rules
from services.events.registrations.rules import RegistrationVerb
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, InvalidTransition, NotFound
from shared.store import Tx


class EventOver(Conflict):
    """What took place, or was called off, takes no more changes of who comes."""

    title = "The event is over"


class Held(NamedTuple):
    """A registration and its event, both nobody else's to change; `own` when it is the caller's."""

    event: Event
    registration: Registration
    own: bool


async def held_event(tx: Tx, actor: Actor, event_id: UUID) -> Event:
    """The event, its seats nobody else's to change until commit."""
    event = await tx.one(HOLD_EVENT, {"event_id": event_id})
    if not event.announced and not await manages(tx, actor, event):
        raise NotFound
    return event


async def held(tx: Tx, actor: Actor, event_id: UUID, registration_id: UUID) -> Held:
    """The registration, for its holder and the organisers."""
    event = await tx.one(HOLD_EVENT, {"event_id": event_id})
    return Held(event, *await _known(tx, actor, event, registration_id))


async def known(tx: Tx, actor: Actor, event_id: UUID, registration_id: UUID) -> Registration:
    """The same to read."""
    event = await tx.one(THE_EVENT, {"event_id": event_id})
    registration, _ = await _known(tx, actor, event, registration_id)
    return registration


async def _known(tx: Tx, actor: Actor, event: Event, registration_id: UUID) -> tuple[Registration, bool]:
    given = {"event_id": event.id, "registration_id": registration_id}
    registration = await tx.one(THE_REGISTRATION, given)
    own = actor.member_id is not None and registration.member_id == actor.member_id
    if not own and not await manages(tx, actor, event):
        raise NotFound
    return registration, own


async def require_organiser(tx: Tx, actor: Actor, held: Held) -> None:
    """Raise unless the caller may decide about it: about their own nobody does who does not organise."""
    if held.own and not await manages(tx, actor, held.event):
        raise Forbidden


def require_verb(held: Held, verb: RegistrationVerb) -> None:
    """Raise `InvalidTransition`, which lists what may be done, unless `verb` may; nothing once it is over."""
    state = held.registration.state
    allowed = rules.reconfirmable(state, asked=held.registration.reconfirm)
    if verb not in allowed:
        raise InvalidTransition(state=state.value, allowed=[other.value for other in allowed])
    if held.event.state in OVER:
        raise EventOver(state=held.event.state.value)

"""Register: POST /events/{id}/registrations -> seat, approval or waiting list -> the fact of it."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col

from services.events.audience.admit import require_admitted
from services.events.events.access import manages
from services.events.models import REGISTRATION_COUNTS, Event, Registration
from services.events.registrations.access import held_event
from services.events.registrations.enter import Place, enter, require_open
from services.events.registrations.inputs import Answers, Guest, Needs, PartySize, sealed
from services.events.registrations.rules import RegistrationSource
from services.events.registrations.view import RegistrationView, shown_one
from services.events.sealing import sealer_of
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict, Forbidden, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["registrations"])


class Register(Command):
    """Who comes, and with how many: the caller, or whom an organiser names, a member or a guest."""

    member_id: UUID | None = None
    guest: Guest | None = None
    party_size: PartySize = 1
    answers: Answers = Field(default_factory=dict)
    accessibility_needs: Needs | None = None


class AlreadyRegistered(Conflict):
    """One registration per member or guest that counts; `registration_id` says which."""

    title = "Already registered"


class WhoIsMissing(Unprocessable):
    """A caller who is no member says for whom, and nobody registers a member and a guest in one."""

    title = "Say who comes: a member or a guest"


class RegistersForThemselves(Forbidden):
    """Organisers register other members, and guests."""

    title = "You register for yourself"


async def register(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, command: Register
) -> RegistrationView:
    """Give a seat, a place on the waiting list, or the organisers a wish to approve."""
    event = await held_event(tx, actor, event_id)
    member_id, by_organiser = await _who(tx, actor, event, command)
    require_open(event, tx.now, by_organiser=by_organiser)
    if member_id is not None:
        await require_admitted(tx, event, member_id)
        await require_new(tx, event, member_id)
    registration_id = uuid7()
    columns = await _columns(tx, event, registration_id, command)
    source = RegistrationSource.ORGANISER if by_organiser else RegistrationSource.MEMBER
    place = Place(registration_id, member_id, command.party_size, source)
    _, registration = await enter(tx, event, place, **columns)
    if by_organiser:
        tx.audit("registration.make", registration_id)
    return await shown_one(tx, registration)


async def _who(tx: Tx, actor: Actor, event: Event, command: Register) -> tuple[UUID | None, bool]:
    """The member, None for a guest, and whether an organiser registers them."""
    if command.guest is None and command.member_id in (None, actor.member_id):
        if actor.member_id is None:
            raise WhoIsMissing
        return actor.member_id, False
    if command.guest is not None and command.member_id is not None:
        raise WhoIsMissing
    if not await manages(tx, actor, event):
        raise RegistersForThemselves
    return command.member_id, True


async def require_new(tx: Tx, event: Event, member_id: UUID) -> None:
    """Raise unless the member has no registration for the event, which the caller holds."""
    known = await tx.first(OF_MEMBER, {"event_id": event.id, "member_id": member_id})
    if known is not None:
        raise AlreadyRegistered(registration_id=str(known.id))


async def _columns(tx: Tx, event: Event, registration_id: UUID, command: Register) -> dict[str, Any]:
    """What is kept sealed; the same guest once per event."""
    guest = command.guest.model_dump() if command.guest is not None else None
    given = {"guest": guest, "answers": command.answers or None, "needs": command.accessibility_needs}
    columns: dict[str, Any] = await sealed(tx, registration_id, **given)
    if command.guest is not None:
        digest = (await sealer_of(tx)).digest(command.guest.email)
        known = await tx.first(OF_GUEST, {"event_id": event.id, "guest_digest": digest})
        if known is not None:
            raise AlreadyRegistered(registration_id=str(known.id))
        columns["guest_digest"] = digest
    return columns


_COUNTS = (
    scope(Registration),
    col(Registration.event_id) == sa.bindparam("event_id"),
    REGISTRATION_COUNTS,
)
OF_MEMBER = constant(
    sa.select(col(Registration.id)).where(*_COUNTS, col(Registration.member_id) == sa.bindparam("member_id"))
)
OF_GUEST = constant(
    sa.select(col(Registration.id)).where(
        *_COUNTS, col(Registration.guest_digest) == sa.bindparam("guest_digest")
    )
)


@router.post(
    "/v1/communities/{community_id}/events/{event_id}/registrations",
    status_code=201,
    allows="event.register",
)
async def post_registration(
    community_id: UUID, event_id: UUID, command: Register, write: Write
) -> RegistrationView:
    return await write(register, community_id, event_id, command)

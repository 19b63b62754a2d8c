"""Decide about wishes: POST approve, reject -> a seat, or the place in line they had -> a fact for each."""

from typing import Any
from uuid import UUID

from services.events.events.rules import EventState
from services.events.models import WAITING, Event, Registration
from services.events.registrations import rules
from services.events.registrations.access import held, require_organiser, require_verb
from services.events.registrations.enter import require_line
from services.events.registrations.inputs import Reason
from services.events.registrations.rules import RegistrationState, RegistrationVerb, SeatStep
from services.events.registrations.seats import fill, free, log_step
from services.events.registrations.steps import move, take
from services.events.registrations.view import RegistrationView, shown_one
from shared.contracts.events import RegistrationConfirmed, RegistrationRejected, RegistrationWaitlisted
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["registrations"])

Path = "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}"


class Reject(Command):
    """Why they may not come, for them to read."""

    reason: Reason | None = None


async def approve(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID
) -> RegistrationView:
    """Let them come: they get a seat, or wait at the place they had when they asked."""
    found = await held(tx, actor, event_id, registration_id)
    await require_organiser(tx, actor, found)
    require_verb(found, RegistrationVerb.APPROVE)
    event, registration, _ = found
    behind = await _behind(tx, event, registration)
    seats = registration.party_size
    state = rules.enters(free(event), seats, behind=behind, allow_skip=event.allow_skip)
    if state is RegistrationState.CONFIRMED:
        after = await take(tx, registration, state, RegistrationConfirmed, confirmed_at=tx.now)
        await log_step(tx, event, move(SeatStep.CONFIRMED, after, taken=seats))
    else:
        require_line(event, seats)
        telling: dict[str, Any] = {"seq": registration.seq}
        after = await take(tx, registration, state, RegistrationWaitlisted, telling=telling)
        event = await log_step(tx, event, move(SeatStep.WAITLISTED, after, waiting=seats))
        if await fill(tx, event) is not event:
            _, after, _ = await held(tx, actor, event_id, registration_id)
    tx.audit("registration.approve", registration_id)
    return await shown_one(tx, after)


async def _behind(tx: Tx, event: Event, registration: Registration) -> bool:
    """Whether somebody waits who came before; nobody who waits is served once it has begun."""
    if event.waiting == 0 or event.state is EventState.LIVE:
        return False
    head = await tx.one(WAITING, {"event_id": event.id, "rows": 1})
    return head.seq < registration.seq


async def reject(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID, command: Reject | None
) -> RegistrationView:
    """Tell them that they may not come."""
    found = await held(tx, actor, event_id, registration_id)
    await require_organiser(tx, actor, found)
    require_verb(found, RegistrationVerb.REJECT)
    reason = command.reason if command else None
    after = await take(
        tx, found.registration, RegistrationState.REJECTED, RegistrationRejected, reason=reason
    )
    await log_step(tx, found.event, move(SeatStep.REJECTED, after))
    tx.audit("registration.reject", registration_id)
    return await shown_one(tx, after)


@router.post(f"{Path}/approve", allows="event.register")
async def post_registration_approve(
    community_id: UUID, event_id: UUID, registration_id: UUID, write: Write
) -> RegistrationView:
    return await write(approve, community_id, event_id, registration_id)


@router.post(f"{Path}/reject", allows="event.register")
async def post_registration_reject(
    community_id: UUID,
    event_id: UUID,
    registration_id: UUID,
    write: Write,
    command: Reject | None = None,
) -> RegistrationView:
    return await write(reject, community_id, event_id, registration_id, command)

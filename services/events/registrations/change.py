"""Change a registration: PATCH /registrations/{id} -> seats there are -> the fact of its state, offers."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.events.events.rules import OVER
from services.events.models import Event, Registration
from services.events.registrations import rules
from services.events.registrations.access import EventOver, held
from services.events.registrations.enter import require_line, require_party
from services.events.registrations.inputs import Answers, Needs, PartySize, sealed
from services.events.registrations.rules import SEATED, RegistrationState, SeatStep
from services.events.registrations.seats import fill, free, log_step
from services.events.registrations.steps import Move, as_it_is
from services.events.registrations.view import RegistrationView, shown_one
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["registrations"])

_S = RegistrationState
STEPS = {
    _S.CONFIRMED: SeatStep.CONFIRMED,
    _S.OFFERED: SeatStep.OFFERED,
    _S.WAITLISTED: SeatStep.WAITLISTED,
    _S.PENDING_APPROVAL: SeatStep.PENDING,
}
"""What may be changed, and the line of the seat log that tells of another size."""


class ChangeRegistration(Command):
    """What to change; what is left out stays, answers are given whole, null empties."""

    party_size: PartySize = Field(default_factory=left_out)
    answers: Answers | None = None
    accessibility_needs: Needs | None = None


class NotEnoughSeats(Conflict):
    """Nobody takes more seats than are free, nor seats that others wait for; `free` says how many are."""

    title = "Not enough seats"


async def change(
    tx: Tx,
    actor: Actor,
    _community_id: UUID,
    event_id: UUID,
    registration_id: UUID,
    command: ChangeRegistration,
) -> RegistrationView:
    """Change what was given; seats that are let go are offered to those who wait."""
    event, registration, own = await held(tx, actor, event_id, registration_id)
    tx.require_version(registration.version)
    state = registration.state
    if state not in STEPS:
        allowed = [each.value for each in STEPS]
        raise InvalidTransition(state=state.value, allowed=allowed)
    if event.state in OVER:
        raise EventOver(state=event.state.value)
    changes = await _changes(tx, registration_id, command)
    by = changes.get("party_size", registration.party_size) - registration.party_size
    if by > 0:
        _require_room(event, registration, by)
    after = await tx.lock(Registration, registration_id, **changes)
    tx.publish(await as_it_is(tx, after))
    if not own:
        tx.audit("registration.change", registration_id)
    if by:
        event = await log_step(tx, event, _resized(after, by))
        if await fill(tx, event) is not event:
            _, after, _ = await held(tx, actor, event_id, registration_id)
    return await shown_one(tx, after)


async def _changes(tx: Tx, registration_id: UUID, command: ChangeRegistration) -> dict[str, Any]:
    given = command.model_fields_set
    changes: dict[str, Any] = {"party_size": command.party_size} if "party_size" in given else {}
    texts = {"answers": command.answers or None, "needs": command.accessibility_needs}
    names = {"answers": "answers", "needs": "accessibility_needs"}
    kept = {name: value for name, value in texts.items() if names[name] in given}
    return changes | await sealed(tx, registration_id, **kept)


def _require_room(event: Event, registration: Registration, by: int) -> None:
    require_party(event, registration.party_size + by)
    if registration.state is RegistrationState.WAITLISTED:
        require_line(event, by)
    elif registration.state in SEATED and not rules.may_grow(
        free(event), by, waiting=event.waiting, allow_skip=event.allow_skip
    ):
        raise NotEnoughSeats(free=free(event))


def _resized(after: Registration, by: int) -> Move:
    return Move(
        STEPS[after.state],
        after.id,
        after.seq,
        after.party_size,
        taken=by if after.state in SEATED else 0,
        waiting=by if after.state is RegistrationState.WAITLISTED else 0,
    )


@router.patch(
    "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}",
    allows="event.register",
    versioned=True,
)
async def patch_registration(
    community_id: UUID, event_id: UUID, registration_id: UUID, command: ChangeRegistration, write: Write
) -> RegistrationView:
    return await write(change, community_id, event_id, registration_id, command)

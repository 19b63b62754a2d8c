"""Put right who came: POST /registrations/{id}/correct -> RegistrationCorrected, attendance told again."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.events.checkins.check_in import HELD, EventNotHeld
from services.events.checkins.rules import COUNTED, CheckInOutcome
from services.events.models import THE_REGISTRATION, CheckIn
from services.events.registrations.access import held_event
from services.events.registrations.rules import CAME, RegistrationState
from services.events.registrations.settle import count
from services.events.registrations.steps import take
from services.events.registrations.view import RegistrationView, shown_one
from shared.contracts.events import RegistrationCorrected
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["check-ins"])

ABSENT = (RegistrationState.CONFIRMED, RegistrationState.NO_SHOW)


class Correct(Command):
    """What is true: they came, or they did not."""

    attended: bool


async def correct(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID, command: Correct
) -> RegistrationView:
    """Say who came whatever devices said; what they saw of somebody who did not come counts no more."""
    event = await held_event(tx, actor, event_id)
    given = {"event_id": event_id, "registration_id": registration_id}
    registration = await tx.one(THE_REGISTRATION, given)
    if event.state not in HELD:
        raise EventNotHeld(state=event.state.value)
    expected = ABSENT if command.attended else CAME
    if registration.state not in expected:
        raise InvalidTransition(
            state=registration.state.value, allowed=[each.value for each in (*ABSENT, *CAME)]
        )
    telling: dict[str, Any] = {"attended": command.attended}
    state = RegistrationState.CHECKED_IN
    changes: dict[str, Any] = {}
    if command.attended:
        telling["occurred_at"] = min(event.starts_at, tx.now)
    else:
        settled = event.settled_at is not None
        state = RegistrationState.NO_SHOW if settled else RegistrationState.CONFIRMED
        changes = {"checked_in_at": None, "checked_out_at": None}
        await tx.execute(VOID, {"registration_id": registration_id})
    after = await take(tx, registration, state, RegistrationCorrected, telling=telling, **changes)
    if event.settled_at is not None:
        await count(tx, event)
    tx.audit("registration.correct", registration_id)
    return await shown_one(tx, after)


VOID = constant(
    sa.update(CheckIn)
    .where(
        scope(CheckIn),
        col(CheckIn.registration_id) == sa.bindparam("registration_id"),
        col(CheckIn.outcome).in_(COUNTED),
    )
    .values(outcome=CheckInOutcome.VOIDED)
)


@router.post(
    "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}/correct",
    allows="attendance.record",
)
async def post_registration_correction(
    community_id: UUID, event_id: UUID, registration_id: UUID, command: Correct, write: Write
) -> RegistrationView:
    return await write(correct, community_id, event_id, registration_id, command)

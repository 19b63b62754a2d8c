"""Check people in: POST /events/{id}/check-ins -> once per device and nonce -> RegistrationCheckedIn."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from services.events.checkins.apply import Batch, Given
from services.events.checkins.rules import CheckInKind, CheckInOutcome, CheckInReason
from services.events.events.rules import OVER, TAKES_FROM_ORGANISERS, EventState
from services.events.registrations.access import held_event
from services.events.registrations.rules import RegistrationState
from services.events.registrations.settle import count
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Instant, Router, View, Write
from shared.store import Tx

router = Router(tags=["check-ins"])

Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
HELD = TAKES_FROM_ORGANISERS | OVER - {EventState.CANCELLED, EventState.ARCHIVED}


class CheckInGiven(Command):
    """Somebody was seen to come or to go, at the device's time; `nonce` is the device's own number of it."""

    registration_id: UUID | None = None
    member_id: UUID | None = None
    device_id: Word
    nonce: Word
    at: Instant
    kind: CheckInKind = CheckInKind.ENTRY

    @model_validator(mode="after")
    def _somebody(self) -> "CheckInGiven":
        if (self.registration_id is None) == (self.member_id is None):
            raise ValueError("either registration_id or member_id")
        return self


class CheckInBatch(Command):
    """What a device recorded without a network; it may be sent again, in part or in whole."""

    items: Annotated[list[CheckInGiven], Field(min_length=1, max_length=500)]


class CheckedView(View):
    """What became of one item, and how the registration stands after all of them."""

    index: int
    registration_id: UUID | None
    outcome: CheckInOutcome
    reason: CheckInReason | None
    state: RegistrationState | None


class CheckedInView(View):
    items: list[CheckedView]


class EventNotHeld(Conflict):
    """Nobody comes to a draft, nor to what was called off or put off."""

    title = "The event does not take place"


async def check_in(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, command: CheckInGiven | CheckInBatch
) -> CheckedInView:
    """Record who came and went; what cannot count is said item by item and hinders no other."""
    event = await held_event(tx, actor, event_id)
    if event.state not in HELD:
        raise EventNotHeld(state=event.state.value)
    items = command.items if isinstance(command, CheckInBatch) else [command]
    given = [Given(**item.model_dump()) for item in items]
    batch = await Batch.of(tx, event, given)
    judged = [batch.judge(each) for each in given]
    if await batch.write(tx) and event.settled_at is not None:
        await count(tx, event)
    return CheckedInView(
        items=[
            CheckedView(
                index=index,
                registration_id=registration_id,
                outcome=verdict.outcome,
                reason=verdict.reason,
                state=batch.state_of(registration_id),
            )
            for index, (registration_id, verdict) in enumerate(judged)
        ]
    )


@router.post("/v1/communities/{community_id}/events/{event_id}/check-ins", allows="attendance.record")
async def post_check_ins(
    community_id: UUID, event_id: UUID, command: CheckInGiven | CheckInBatch, write: Write
) -> CheckedInView:
    return await write(check_in, community_id, event_id, command)

"""Call for contributions: POST, PATCH /contribution-calls, /withdraw -> CallOpened, -Changed, -Withdrawn."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.knowledge.calls.models import ContributionCall
from services.knowledge.calls.rules import CallVerb
from services.knowledge.calls.steps import CallView, held_call, take
from services.knowledge.inputs import Title
from services.knowledge.people.readers import member_of
from shared.contracts.knowledge import CallChanged, CallOpened, CallWithdrawn
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Instant, Router, Write, left_out
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["contribution calls"])

_PATH = "/v1/communities/{community_id}/contribution-calls"
Description = Annotated[str, Field(min_length=1, max_length=4000)]
Brief = Annotated[str, Field(min_length=1, max_length=300)]


class OpenCall(Command):
    """What somebody is wanted to write about; `for_whom` it is, what the `reward` is, until when."""

    topic: Title
    description: Description | None = None
    for_whom: Brief | None = None
    reward: Brief | None = None
    deadline: Instant | None = None
    event_id: UUID | None = None


class ChangeCall(Command):
    """What to change; what is left out stays, what may be missing is emptied with null."""

    topic: Title = Field(default_factory=left_out)
    description: Description | None = None
    for_whom: Brief | None = None
    reward: Brief | None = None
    deadline: Instant | None = None


class DeadlinePassed(Unprocessable):
    title = "The deadline is no moment to come"


class EventCalledFor(Conflict):
    """One call stands for each event, and is there already."""

    title = "There is a call for that event"


async def open_call(tx: Tx, actor: Actor, community_id: UUID, command: OpenCall) -> ContributionCall:
    """Ask for it; any member may claim it."""
    opened_by = member_of(actor)
    await refuse_erased(tx, opened_by)
    _require_to_come(tx, command.deadline)
    row = ContributionCall(
        **command.model_dump(),
        community_id=community_id,
        opened_by=opened_by,
        clock_at=command.deadline,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(row, conflicts={"event": EventCalledFor})
    tx.publish(CallOpened(community_id=community_id, call_id=row.id, event_id=row.event_id))
    tx.audit("call.open", row.id)
    return row


async def change(
    tx: Tx, _actor: Actor, community_id: UUID, call_id: UUID, command: ChangeCall
) -> ContributionCall:
    """Change what was given, while it is open or claimed."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    call = await held_call(tx, call_id)
    tx.require_version(call.version)
    if "deadline" in given:
        _require_to_come(tx, command.deadline)
        given["clock_at"] = command.deadline
    after = await take(tx, call, CallVerb.CHANGE, **given)
    tx.publish(CallChanged(community_id=community_id, call_id=call_id))
    tx.audit("call.change", call_id)
    return after


async def withdraw(tx: Tx, _actor: Actor, community_id: UUID, call_id: UUID) -> ContributionCall:
    """It is no longer wanted, whoever claimed it."""
    after = await take(tx, await held_call(tx, call_id), CallVerb.WITHDRAW, clock_at=None)
    tx.publish(CallWithdrawn(community_id=community_id, call_id=call_id))
    tx.audit("call.withdraw", call_id)
    return after


def _require_to_come(tx: Tx, deadline: datetime | None) -> None:
    if deadline is not None and deadline <= tx.now:
        raise DeadlinePassed


@router.post(_PATH, status_code=201, allows="call.manage")
async def post_contribution_call(community_id: UUID, command: OpenCall, write: Write) -> CallView:
    return await write(open_call, community_id, command)


@router.patch(f"{_PATH}/{{call_id}}", allows="call.manage", versioned=True)
async def patch_contribution_call(
    community_id: UUID, call_id: UUID, command: ChangeCall, write: Write
) -> CallView:
    return await write(change, community_id, call_id, command)


@router.post(f"{_PATH}/{{call_id}}/withdraw", allows="call.manage")
async def post_contribution_call_withdraw(community_id: UUID, call_id: UUID, write: Write) -> CallView:
    return await write(withdraw, community_id, call_id)

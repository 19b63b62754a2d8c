"""Ask for one's data: POST /data-requests -> one's own is verified at once, an owner's for others is not."""

from typing import Annotated, Any, Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlmodel import col, select

from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER
from services.membership.privacy import erasure, rules
from services.membership.privacy.models import THE_REQUEST, DataRequest
from services.membership.privacy.rules import DataRequestKind, DataRequestState, DataRequestVerb, RejectReason
from services.membership.privacy.view import OWN_MEMBER, DataRequestView, owns, requester_of, viewed, visible
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, InvalidTransition, NotFound, Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx, constant

router = Router(tags=["data requests"])


class MakeDataRequest(Command):
    """Everything about oneself, in one community or everywhere; or, by an owner, about a member of theirs."""

    kind: DataRequestKind
    community_id: UUID | None = None
    member_id: Annotated[UUID | None, Field(description="who it is about, unless oneself")] = None

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if self.member_id is not None and self.community_id is None:
            raise ValueError("a member belongs to a community: give community_id, too")
        return self


class RejectDataRequest(Command):
    """Why nothing is done."""

    reason: RejectReason


class ForWhom(Unprocessable):
    """A key is nobody: it says which member it asks for."""

    title = "Say for which member"


class AlreadyAsked(Conflict):
    """One open request of a kind about somebody; `request_id` says which."""

    title = "This has been asked for already"


async def make(tx: Tx, actor: Actor, command: MakeDataRequest) -> DataRequestView:
    """Receive the request; one's own is verified thereby, and its erasure has begun when this is answered."""
    if actor.scopes is not None:
        raise Forbidden
    own = await _is_own(tx, actor, command)
    request = DataRequest(
        kind=command.kind,
        community_id=command.community_id,
        member_id=None if own else command.member_id,
        person_id=actor.person_id if own else None,
        requested_by=requester_of(actor),
        created_at=tx.now,
        due_at=tx.now + rules.DUE_AFTER,
    )
    await _require_the_first(tx, request)
    await tx.insert(request)
    if own:
        await _verified(tx, request)
    elif command.community_id is not None:
        tx.audit(f"data_request.{command.kind.value}", request.id, community_id=command.community_id)
    return await viewed(tx, await tx.one(THE_REQUEST, {"request_id": request.id}))


async def _is_own(tx: Tx, actor: Actor, command: MakeDataRequest) -> bool:
    """Whether the request is about whoever makes it; raises unless they may make it."""
    if command.community_id is None:
        if actor.person_id is None:
            raise ForWhom
        return True
    tx.within(command.community_id)
    oneself: Any = await tx.first(OWN_MEMBER, {"person_id": actor.person_id}) if actor.person_id else None
    if command.member_id is None:
        if oneself is None:
            raise NotFound if actor.person_id else ForWhom
        return True
    if oneself is not None and oneself.id == command.member_id:
        return True
    if not await owns(tx, actor, command.community_id):
        raise Forbidden
    member = await tx.one(THE_MEMBER, {"member_id": command.member_id})
    if member.state is MemberState.ERASED:
        raise InvalidTransition(state=member.state.value, allowed=[])
    return False


async def _require_the_first(tx: Tx, request: DataRequest) -> None:
    about = {"kind": request.kind, "requested_by": request.requested_by}
    for known in await tx.all(STILL_OPEN, about):
        if (known.community_id, known.member_id) == (request.community_id, request.member_id):
            raise AlreadyAsked(request_id=str(known.id))


async def _verified(tx: Tx, request: DataRequest) -> None:
    """It is the person's own wish: an erasure begins here, an export is collected by a job."""
    if request.kind is DataRequestKind.ERASE:
        await erasure.begin(tx, request)
    else:
        verified = DataRequestState.VERIFIED
        await tx.lock(DataRequest, request.id, facts=0, state=verified, verified_at=tx.now)


async def decide(
    tx: Tx, actor: Actor, request_id: UUID, verb: DataRequestVerb, reason: RejectReason | None = None
) -> DataRequestView:
    """Verify or reject what was asked for somebody: by them, or by an owner who has made sure of them."""
    request = await visible(tx, actor, request_id, lock=True)
    allowed = rules.data_request_verbs(request.state)
    if verb not in allowed:
        raise InvalidTransition(state=request.state.value, allowed=[each.value for each in allowed])
    if request.community_id is not None:
        tx.audit(f"data_request.{verb.value}", request_id, community_id=request.community_id)
    if verb is DataRequestVerb.VERIFY:
        await _verified(tx, request)
    else:
        rejected: dict[str, Any] = {
            "state": DataRequestState.REJECTED,
            "reason": reason,
            "settled_at": tx.now,
        }
        await tx.lock(DataRequest, request_id, facts=0, **rejected)
    return await viewed(tx, await tx.one(THE_REQUEST, {"request_id": request_id}))


STILL_OPEN = constant(
    select(DataRequest).where(
        col(DataRequest.requested_by) == sa.bindparam("requested_by"),
        col(DataRequest.kind) == sa.bindparam("kind"),
        col(DataRequest.state).in_(rules.OPEN),
    )
)


@router.post("/v1/data-requests", status_code=201, allows="data_request.make")
async def post_data_request(command: MakeDataRequest, write: Write) -> DataRequestView:
    return await write(make, command)


@router.post("/v1/data-requests/{request_id}/verify", allows="data_request.make")
async def verify_data_request(request_id: UUID, write: Write) -> DataRequestView:
    return await write(decide, request_id, DataRequestVerb.VERIFY)


@router.post("/v1/data-requests/{request_id}/reject", allows="data_request.make")
async def reject_data_request(request_id: UUID, command: RejectDataRequest, write: Write) -> DataRequestView:
    return await write(decide, request_id, DataRequestVerb.REJECT, command.reason)

"""Ask for one's data: POST /data-requests -> one's own is verified at once, an owner's for others is not."""

from typing import Annotated, Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlmodel import col, select

from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER
from services.membership.privacy import rules
from services.membership.privacy.models import THE_REQUEST, DataRequest
from services.membership.privacy.rules import DataRequestKind
from services.membership.privacy.verify import verified
from services.membership.privacy.view import (
    DataRequestView,
    is_oneself,
    own_member,
    owns,
    requester_of,
    viewed,
)
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
        await verified(tx, request)
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
    if command.member_id is None:
        if await own_member(tx, actor) is None:
            raise NotFound if actor.person_id else ForWhom
        return True
    if await is_oneself(tx, actor, command.member_id):
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

"""Functions of members: POST, GET, DELETE /functions -> they permit nothing -> FunctionGranted, Revoked."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER, FunctionGrant, Member
from services.membership.roles.grant import NotActive, Until, require_future
from services.membership.roles.rules import Function
from shared.contracts.membership import FunctionGranted, FunctionRevoked
from shared.identity import Actor
from shared.problems import Conflict, NotFound
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["roles"])


class GrantFunction(Command):
    """What the member does for the community, and until when; without an end it lasts."""

    function: Function
    expires_at: Until = None


class FunctionView(View):
    """A function somebody fulfils, and the id of the member or key that granted it."""

    function: Function
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None


class FunctionAlreadyHeld(Conflict):
    title = "Function already held"


FORGET_FUNCTION = constant(
    sa.delete(FunctionGrant).where(
        scope(FunctionGrant),
        col(FunctionGrant.member_id) == sa.bindparam("member_id"),
        col(FunctionGrant.function) == sa.bindparam("function"),
    )
)


async def grant(
    tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, command: GrantFunction
) -> FunctionGrant:
    """Give an active member a function."""
    require_future(command.expires_at, tx.now)
    member = await tx.lock(Member, member_id)
    if member.state is not MemberState.ACTIVE:
        raise NotActive(state=member.state.value)
    granted = FunctionGrant(
        community_id=community_id,
        member_id=member_id,
        function=command.function,
        granted_by=actor.id,
        granted_at=tx.now,
        expires_at=command.expires_at,
    )
    await tx.insert(granted, conflicts={"pkey": FunctionAlreadyHeld})
    tx.publish(
        FunctionGranted(community_id=community_id, member_id=member_id, function=command.function.value)
    )
    tx.audit("function.grant", f"{member_id}:{command.function.value}")
    return granted


async def revoke(tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, function: Function) -> None:
    """Take a function back."""
    await tx.lock(Member, member_id)
    if not await tx.execute(FORGET_FUNCTION, {"member_id": member_id, "function": function}):
        raise NotFound
    tx.publish(FunctionRevoked(community_id=community_id, member_id=member_id, function=function.value))
    tx.audit("function.revoke", f"{member_id}:{function.value}")


async def functions_of(tx: Tx, _actor: Actor, member_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """The functions a member fulfils, by name."""
    await tx.one(THE_MEMBER, {"member_id": member_id})
    held = select(FunctionGrant).where(scope(FunctionGrant), col(FunctionGrant.member_id) == member_id)
    return await tx.page(held, by=(FunctionGrant.function,), limit=limit, cursor=cursor)


@router.post(
    "/v1/communities/{community_id}/members/{member_id}/functions", status_code=201, allows="function.grant"
)
async def post_function(
    community_id: UUID, member_id: UUID, command: GrantFunction, write: Write
) -> FunctionView:
    return await write(grant, community_id, member_id, command)


@router.get("/v1/communities/{community_id}/members/{member_id}/functions", allows="function.read")
async def list_functions(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    member_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FunctionView]:
    return await read(functions_of, member_id, limit, cursor)


@router.delete(
    "/v1/communities/{community_id}/members/{member_id}/functions/{function}",
    status_code=204,
    allows="function.grant",
)
async def delete_function(community_id: UUID, member_id: UUID, function: Function, write: Write) -> None:
    return await write(revoke, community_id, member_id, function)

"""Grant and revoke roles: POST, DELETE /roles -> levels, the last owner stays -> RoleGranted, RoleRevoked."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.profile import is_oneself
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_COMMUNITY, THE_MEMBER, Member, RoleGrant
from services.membership.roles import rules
from services.membership.roles.rules import Role
from shared.contracts.membership import RoleGranted, RoleRevoked
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, NotFound
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["roles"])

OTHER_OWNER = constant(
    select(RoleGrant.member_id)
    .join(
        Member,
        sa.and_(
            col(Member.community_id) == col(RoleGrant.community_id),
            col(Member.id) == col(RoleGrant.member_id),
        ),
    )
    .where(
        scope(RoleGrant),
        col(RoleGrant.role) == Role.OWNER,
        col(RoleGrant.member_id) != sa.bindparam("member_id"),
    )
    .where(col(Member.state) == MemberState.ACTIVE)
    .limit(1)
)
FORGET_ROLE = constant(
    sa.delete(RoleGrant).where(
        scope(RoleGrant),
        col(RoleGrant.member_id) == sa.bindparam("member_id"),
        col(RoleGrant.role) == sa.bindparam("role"),
    )
)


class GrantRole(Command):
    """The role to grant."""

    role: Role


class RoleView(View):
    """A role somebody holds, and the id of the member or key that granted it."""

    role: Role
    granted_by: str
    granted_at: datetime


class RoleTooHigh(Forbidden):
    """Nobody grants or revokes at or above their own level, except owners the role of owner."""

    title = "Role at or above your own level"


class RoleAlreadyHeld(Conflict):
    title = "Role already held"


class NotActive(Conflict):
    title = "Only active members hold roles"


class LastOwner(Conflict):
    """Make somebody else owner first."""

    title = "The last owner stays"


async def require_another_owner(tx: Tx, member_id: UUID) -> None:
    """Raise `LastOwner` unless another active member is owner; the caller holds the community's row."""
    if await tx.first(OTHER_OWNER, {"member_id": member_id}) is None:
        raise LastOwner


def _require_level(actor: Actor, role: Role) -> None:
    if not rules.may_grant(rules.authority(actor.level, scoped_key=actor.scopes is not None), role):
        raise RoleTooHigh


async def grant(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, command: GrantRole) -> RoleGrant:
    """Grant a role to an active member."""
    _require_level(actor, command.role)
    before = await tx.lock(Member, member_id)
    if before.state is not MemberState.ACTIVE:
        raise NotActive(state=before.state.value)
    if command.role in before.roles:
        raise RoleAlreadyHeld
    granted = RoleGrant(
        community_id=community_id,
        member_id=member_id,
        role=command.role,
        granted_by=actor.id,
        granted_at=tx.now,
    )
    await tx.insert(granted)
    await tx.update(Member, member_id, roles=sorted([*before.roles, command.role.value]))
    tx.publish(RoleGranted(community_id=community_id, member_id=member_id, role=command.role.value))
    tx.audit("role.grant", f"{member_id}:{command.role.value}")
    return granted


async def revoke(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, role: Role) -> None:
    """Take a role back, or lay down one's own; `LastOwner` for the last one."""
    await tx.one(HOLD_COMMUNITY)
    before = await tx.lock(Member, member_id)
    if not is_oneself(actor, before):
        _require_level(actor, role)
    if role not in before.roles:
        raise NotFound
    if role is Role.OWNER:
        await require_another_owner(tx, member_id)
    await tx.execute(FORGET_ROLE, {"member_id": member_id, "role": role})
    await tx.update(Member, member_id, roles=[held for held in before.roles if held != role])
    tx.publish(RoleRevoked(community_id=community_id, member_id=member_id, role=role.value))
    tx.audit("role.revoke", f"{member_id}:{role.value}")


async def roles_of(tx: Tx, _actor: Actor, member_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """The roles a member holds, by name."""
    await tx.one(THE_MEMBER, {"member_id": member_id})
    held = select(RoleGrant).where(scope(RoleGrant), col(RoleGrant.member_id) == member_id)
    return await tx.page(held, by=(RoleGrant.role,), limit=limit, cursor=cursor)


@router.post("/v1/communities/{community_id}/members/{member_id}/roles", status_code=201, allows="role.grant")
async def post_role(community_id: UUID, member_id: UUID, command: GrantRole, write: Write) -> RoleView:
    return await write(grant, community_id, member_id, command)


@router.get("/v1/communities/{community_id}/members/{member_id}/roles", allows="role.read")
async def list_roles(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    member_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[RoleView]:
    return await read(roles_of, member_id, limit, cursor)


@router.delete(
    "/v1/communities/{community_id}/members/{member_id}/roles/{role}", status_code=204, allows="role.grant"
)
async def delete_role(community_id: UUID, member_id: UUID, role: Role, write: Write) -> None:
    return await write(revoke, community_id, member_id, role)

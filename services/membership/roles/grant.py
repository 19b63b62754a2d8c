"""Grant and revoke roles: POST, DELETE /roles -> levels, the last owner stays -> RoleGranted, RoleRevoked."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.profile import is_oneself
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_COMMUNITY, Member, RoleGrant
from services.membership.roles import rules
from services.membership.roles.held import RoleView
from services.membership.roles.rules import Role
from shared.contracts.membership import RoleGranted, RoleRevoked
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, NotFound, Unprocessable
from shared.route import Command, Instant, Router, Write
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


Until = Instant | None


class GrantRole(Command):
    """The role to grant, and until when; without an end it lasts. An owner is owner until revoked."""

    role: Role
    expires_at: Until = None


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


class EndsInThePast(Unprocessable):
    title = "Ends before it begins"


class OwnersHaveNoEnd(Unprocessable):
    """A community must not lose its owner by the clock."""

    title = "Nobody is owner for a time"


def require_future(until: datetime | None, now: datetime) -> None:
    """Raise unless what is granted lasts beyond this moment."""
    if until is not None and until <= now:
        raise EndsInThePast


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
    require_future(command.expires_at, tx.now)
    if command.role is Role.OWNER and command.expires_at is not None:
        raise OwnersHaveNoEnd
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
        expires_at=command.expires_at,
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


@router.post("/v1/communities/{community_id}/members/{member_id}/roles", status_code=201, allows="role.grant")
async def post_role(community_id: UUID, member_id: UUID, command: GrantRole, write: Write) -> RoleView:
    return await write(grant, community_id, member_id, command)


@router.delete(
    "/v1/communities/{community_id}/members/{member_id}/roles/{role}", status_code=204, allows="role.grant"
)
async def delete_role(community_id: UUID, member_id: UUID, role: Role, write: Write) -> None:
    return await write(revoke, community_id, member_id, role)

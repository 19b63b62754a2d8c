"""What sanctions do to a membership: those in force -> suspended, banned or neither -> a fact about it.

Sanctions may overlap, come twice and in any order: the state is read off those in force, never counted. Who
is no member now (left, asked, was invited) stays that, and cannot come in while a sanction is in force. The
last active owner of a community stays in office: the sanction is kept, and takes effect once there is
another one.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.members import rules
from services.membership.members.rules import MemberState, SanctionKind, SanctionSource
from services.membership.models import (
    HOLD_COMMUNITY,
    HOLD_MEMBER,
    OPEN_SANCTIONS,
    Member,
    RoleGrant,
    Sanction,
)
from services.membership.roles.grant import LastOwner, require_another_owner
from services.membership.roles.rules import Role
from shared.contracts.membership import MemberBanned, MemberReinstated, MemberSuspended, RoleRevoked
from shared.contracts.membership.members import MemberFact
from shared.ids import derived_id
from shared.problems import Forbidden
from shared.store import Tx, constant, scope

FORGET_ROLES = constant(
    sa.delete(RoleGrant).where(scope(RoleGrant), col(RoleGrant.member_id) == sa.bindparam("member_id"))
)


class UnderSanction(Forbidden):
    """Nobody comes in while a suspension or ban is in force against them."""

    title = "Suspended or banned"


async def require_no_sanction(tx: Tx, member_id: UUID) -> None:
    """Raise `UnderSanction` while anything is in force against the member."""
    if await tx.first(OPEN_SANCTIONS, {"member_id": member_id}) is not None:
        raise UnderSanction


async def suspend(tx: Tx, member_id: UUID, by: str = SanctionSource.PROVISIONING) -> Member:
    """Suspend a member as an identity provider wishes; again changes nothing. `LastOwner` for the last."""
    await tx.one(HOLD_COMMUNITY)
    member = await tx.one(HOLD_MEMBER, {"member_id": member_id})
    if member.state is MemberState.ACTIVE and Role.OWNER in member.roles:
        await require_another_owner(tx, member_id)
    await _record(tx, member, SanctionSource(by), ended=False)
    return await settle(tx, member_id)


async def reinstate(tx: Tx, member_id: UUID, by: str = SanctionSource.PROVISIONING) -> Member:
    """End what `suspend` did, to members merged into this one, too; what moderation did stays in force."""
    await tx.one(HOLD_COMMUNITY)
    member = await tx.one(HOLD_MEMBER, {"member_id": member_id})
    await _record(tx, member, SanctionSource(by), ended=True)
    return await settle(tx, member_id)


async def _record(tx: Tx, member: Member, source: SanctionSource, *, ended: bool) -> None:
    """Keep the one suspension of this source; the caller holds the community."""
    id_ = derived_id(member.id, source.value)
    in_force = await tx.all(OPEN_SANCTIONS, {"member_id": member.id})
    if ended:
        for each in in_force:
            if each.source is source:
                await tx.update(Sanction, each.id, ended_at=tx.now)
        return
    if any(each.id == id_ for each in in_force):
        return
    row = {
        "id": id_,
        "community_id": member.community_id,
        "member_id": member.id,
        "kind": SanctionKind.SUSPENSION,
        "source": source,
        "fact_version": 0,
        "imposed_at": tx.now,
        "ended_at": None,
    }
    again = {"imposed_at": tx.now, "ended_at": None}
    await tx.execute(tx.upsert(Sanction).on_conflict_do_update(index_elements=["id"], set_=again), row)


async def settle(tx: Tx, member_id: UUID) -> Member:
    """Bring the member's state in line with the sanctions in force; the caller holds the community."""
    member = await tx.one(HOLD_MEMBER, {"member_id": member_id})
    in_force = await tx.all(OPEN_SANCTIONS, {"member_id": member_id})
    due = rules.under(member.state, {each.kind for each in in_force})
    if due is member.state or await _stays_in_office(tx, member):
        return member
    facts = _facts(member, due, in_force)
    roles = [] if due is MemberState.BANNED else member.roles
    if roles != member.roles:
        await tx.execute(FORGET_ROLES, {"member_id": member_id})
    settled = await tx.lock(Member, member_id, facts=len(facts), state=due, roles=roles)
    for fact in facts:
        tx.publish(fact)
    tx.audit(f"member.{due.value}", member_id)
    return settled


async def _stays_in_office(tx: Tx, member: Member) -> bool:
    """Whether this is the last active owner, whom no sanction removes (PROMISES, P11)."""
    if member.state is not MemberState.ACTIVE or Role.OWNER not in member.roles:
        return False
    try:
        await require_another_owner(tx, member.id)
    except LastOwner:
        tx.audit("sanction.deferred", member.id)
        return True
    return False


def _facts(member: Member, due: MemberState, in_force: Sequence[Sanction]) -> list[MemberFact]:
    """What is told about the way from the state the member has to the one that is due."""
    of: dict[str, Any] = {"community_id": member.community_id, "member_id": member.id}
    told: list[MemberFact] = []
    if due is MemberState.BANNED:
        told += [RoleRevoked(**of, role=Role(role).value) for role in member.roles]
        return [*told, MemberBanned(**of)]
    if due is MemberState.ACTIVE or member.state is MemberState.BANNED:
        told.append(MemberReinstated(**of))
    if due is MemberState.SUSPENDED:
        moderated = any(each.source is SanctionSource.MODERATION for each in in_force)
        told.append(MemberSuspended(**of, by="moderation" if moderated else "provisioning"))
    return told

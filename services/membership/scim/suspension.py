"""`active` -> a member suspended or reinstated by their identity provider, never against moderation."""

from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.rules import MemberState, SanctionKind
from services.membership.models import Member, Sanction
from services.membership.roles.grant import require_another_owner
from services.membership.roles.rules import Role
from shared.contracts.membership import MemberReinstated, MemberSuspended
from shared.store import Tx, constant, scope

IN_FORCE = constant(
    select(Sanction).where(
        scope(Sanction),
        col(Sanction.member_id) == sa.bindparam("member_id"),
        col(Sanction.ended_at).is_(None),
    )
)
END = constant(
    sa.update(Sanction)
    .where(scope(Sanction), col(Sanction.id) == sa.bindparam("sanction_id"), col(Sanction.ended_at).is_(None))
    .values(ended_at=sa.bindparam("at", type_=Sanction.__table__.c.ended_at.type))  # type: ignore[attr-defined]
)


def own_sanction(member_id: UUID) -> UUID:
    """The id under which the identity provider's suspension stands beside moderation's."""
    return uuid5(member_id, "provisioning")


async def set_active(tx: Tx, community_id: UUID, member: Member, *, active: bool) -> bool:
    """Suspend, or end the suspension made here; whether the member's state changed, with its fact."""
    return await (_reinstate if active else _suspend)(tx, community_id, member)


async def _suspend(tx: Tx, community_id: UUID, member: Member) -> bool:
    row = {
        "id": own_sanction(member.id),
        "community_id": community_id,
        "member_id": member.id,
        "kind": SanctionKind.SUSPENSION,
        "fact_version": 0,
        "imposed_at": tx.now,
        "ended_at": None,
    }
    again = {"imposed_at": tx.now, "ended_at": None}
    await tx.execute(tx.upsert(Sanction).on_conflict_do_update(index_elements=["id"], set_=again), row)
    if member.state is not MemberState.ACTIVE:
        return False
    if Role.OWNER in member.roles:
        await require_another_owner(tx, member.id)
    await tx.lock(Member, member.id, state=MemberState.SUSPENDED)
    tx.publish(MemberSuspended(community_id=community_id, member_id=member.id, by="provisioning"))
    tx.audit("member.suspend", member.id)
    return True


async def _reinstate(tx: Tx, community_id: UUID, member: Member) -> bool:
    """What moderation imposed goes on; the answer says so by `active: false`."""
    own = own_sanction(member.id)
    ended = await tx.execute(END, {"sanction_id": own, "at": tx.now})
    if not ended or member.state is not MemberState.SUSPENDED:
        return False
    if await tx.first(IN_FORCE, {"member_id": member.id}) is not None:
        return False
    await tx.lock(Member, member.id, state=MemberState.ACTIVE)
    tx.publish(MemberReinstated(community_id=community_id, member_id=member.id))
    tx.audit("member.reinstate", member.id)
    return True

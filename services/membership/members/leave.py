"""Leave and rejoin: POST /members/{id}/{verb} -> the last owner stays -> MemberLeft, MemberRejoined."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.members import rules
from services.membership.members.find import MemberView
from services.membership.members.join import require_open
from services.membership.members.profile import is_oneself, require_self_or_manager
from services.membership.members.rules import MemberState, MemberVerb
from services.membership.models import HOLD_COMMUNITY, THE_COMMUNITY, Member, RoleGrant
from services.membership.roles.grant import require_another_owner
from services.membership.roles.rules import Role
from shared.contracts.membership import MemberLeft, MemberRejoined, RoleRevoked
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["members"])

FORGET_ROLES = constant(
    sa.delete(RoleGrant).where(scope(RoleGrant), col(RoleGrant.member_id) == sa.bindparam("member_id"))
)


def _require(verb: MemberVerb, member: Member) -> None:
    allowed = rules.member_verbs(member.state)
    if verb not in allowed:
        raise InvalidTransition(state=member.state.value, allowed=[other.value for other in allowed])


async def leave(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID) -> Member:
    """Leave, giving up every role; `LastOwner` for the last one."""
    await tx.one(HOLD_COMMUNITY)
    before = await tx.lock(Member, member_id)
    require_self_or_manager(actor, before)
    _require(MemberVerb.LEAVE, before)
    if Role.OWNER in before.roles:
        await require_another_owner(tx, member_id)
    await tx.execute(FORGET_ROLES, {"member_id": member_id})
    member = await tx.lock(
        Member, member_id, facts=len(before.roles), state=MemberState.LEFT, left_at=tx.now, roles=[]
    )
    for role in before.roles:
        tx.publish(RoleRevoked(community_id=community_id, member_id=member_id, role=Role(role).value))
    tx.publish(MemberLeft(community_id=community_id, member_id=member_id))
    if not is_oneself(actor, member):
        tx.audit("member.leave", member_id)
    return member


async def rejoin(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID) -> Member:
    """Come back after having left; the community has to take members as for joining."""
    require_open(await tx.one(THE_COMMUNITY), actor)
    before = await tx.lock(Member, member_id)
    require_self_or_manager(actor, before)
    _require(MemberVerb.REJOIN, before)
    member = await tx.update(Member, member_id, state=MemberState.ACTIVE, left_at=None)
    tx.publish(MemberRejoined(community_id=community_id, member_id=member_id))
    if not is_oneself(actor, member):
        tx.audit("member.rejoin", member_id)
    return member


@router.post("/v1/communities/{community_id}/members/{member_id}/leave", allows="member.leave")
async def post_leave(community_id: UUID, member_id: UUID, write: Write) -> MemberView:
    return await write(leave, community_id, member_id)


@router.post("/v1/communities/{community_id}/members/{member_id}/rejoin", allows="member.rejoin")
async def post_rejoin(community_id: UUID, member_id: UUID, write: Write) -> MemberView:
    return await write(rejoin, community_id, member_id)

"""Leave and rejoin: POST /members/{id}/{verb} -> the last owner stays -> MemberLeft, MemberRejoined."""

from uuid import UUID

from services.membership.members import rules
from services.membership.members.find import MemberView
from services.membership.members.join import acts_for_others, has_to_ask, require_open
from services.membership.members.onboarding import progress
from services.membership.members.profile import is_oneself, require_self_or_manager
from services.membership.members.rules import MemberState, MemberVerb, Step
from services.membership.members.standing import FORGET_ROLES, require_no_sanction
from services.membership.models import HOLD_COMMUNITY, THE_COMMUNITY, Member
from services.membership.roles.grant import require_another_owner
from services.membership.roles.rules import Role
from shared.contracts.membership import (
    MemberJoined,
    MemberLeft,
    MemberRejoined,
    MemberRequested,
    RoleRevoked,
)
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["members"])


class AskedTooSoon(Conflict):
    """A refusal stands for 30 days; an invitation ends it before. `again_from` says when it is over."""

    title = "Asked again too soon"


def require(verb: MemberVerb, member: Member) -> None:
    """Raise `InvalidTransition` unless that may be done with the membership now."""
    allowed = rules.member_verbs(member.state)
    if verb not in allowed:
        raise InvalidTransition(state=member.state.value, allowed=[other.value for other in allowed])


async def leave(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID) -> Member:
    """Leave, giving up every role; `LastOwner` for the last one."""
    await tx.one(HOLD_COMMUNITY)
    before = await tx.lock(Member, member_id)
    require_self_or_manager(actor, before)
    require(MemberVerb.LEAVE, before)
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


async def activate(tx: Tx, member: Member, told: MemberJoined, **changes: object) -> Member:
    """Let in somebody whose row this transaction has locked: `told`, or that they are back if they had left.

    A member stays joined since the first time.
    """
    returns = member.left_at is not None
    changes |= {"state": MemberState.ACTIVE, "left_at": None, "declined_at": None, "decline_reason": None}
    if not returns:
        changes["joined_at"] = tx.now
    member = await tx.update(Member, member.id, **changes)
    back = MemberRejoined(community_id=member.community_id, member_id=member.id)
    tx.publish(back if returns else told)
    shown = rules.is_complete(member.headline, member.bio, member.interests)
    return await progress(tx, member, Step.JOINED, *((Step.PROFILE_COMPLETED,) if shown else ()))


async def rejoin(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID) -> Member:
    """Come back, or ask again, as the join policy has it; the community has to take members now."""
    community = await tx.one(THE_COMMUNITY)
    require_open(community, actor)
    before = await tx.lock(Member, member_id)
    require_self_or_manager(actor, before)
    require(MemberVerb.REJOIN, before)
    await require_no_sanction(tx, member_id)
    declined_at = before.declined_at
    if declined_at is not None and not acts_for_others(actor):
        again_from = declined_at + rules.ASK_AGAIN_AFTER
        if tx.now < again_from:
            raise AskedTooSoon(again_from=again_from)
    if has_to_ask(community, actor):
        member = await tx.update(Member, member_id, state=MemberState.REQUESTED)
        tx.publish(MemberRequested(community_id=community_id, member_id=member_id))
    else:
        own = is_oneself(actor, before)
        told = MemberJoined(
            community_id=community_id, member_id=member_id, source="joined" if own else "added"
        )
        member = await activate(tx, before, told)
    if not is_oneself(actor, member):
        tx.audit("member.rejoin", member_id)
    return member


@router.post("/v1/communities/{community_id}/members/{member_id}/leave", allows="member.leave")
async def post_leave(community_id: UUID, member_id: UUID, write: Write) -> MemberView:
    return await write(leave, community_id, member_id)


@router.post("/v1/communities/{community_id}/members/{member_id}/rejoin", allows="member.rejoin")
async def post_rejoin(community_id: UUID, member_id: UUID, write: Write) -> MemberView:
    return await write(rejoin, community_id, member_id)

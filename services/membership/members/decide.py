"""Decide about requests: POST /members/{id}/approve, /decline -> MemberJoined, MemberDeclined."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.communities import rules as community_rules
from services.membership.members.find import MemberView
from services.membership.members.join import CommunityClosed
from services.membership.members.leave import activate, require
from services.membership.members.rules import MemberState, MemberVerb
from services.membership.members.standing import require_no_sanction
from services.membership.models import THE_COMMUNITY, Member
from shared.contracts.membership import MemberDeclined, MemberJoined
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["members"])


class DeclineRequest(Command):
    """Why, for those who decide; the person is told that they were declined, not this."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


async def approve(tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID) -> Member:
    """Let in somebody who asks; whoever had been a member before is back."""
    community = await tx.one(THE_COMMUNITY)
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    before = await tx.lock(Member, member_id)
    require(MemberVerb.APPROVE, before)
    await require_no_sanction(tx, member_id)
    told = MemberJoined(community_id=community_id, member_id=member_id, source="approved")
    tx.audit("member.approve", member_id)
    return await activate(tx, before, told)


async def decline(
    tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, command: DeclineRequest
) -> Member:
    """Let nobody in; they may ask again in 30 days, or be invited before."""
    require(MemberVerb.DECLINE, await tx.lock(Member, member_id))
    decided = {"declined_at": tx.now, "decline_reason": command.reason}
    member = await tx.update(Member, member_id, state=MemberState.DECLINED, **decided)
    tx.publish(MemberDeclined(community_id=community_id, member_id=member_id))
    tx.audit("member.decline", member_id)
    return member


@router.post("/v1/communities/{community_id}/members/{member_id}/approve", allows="member.decide")
async def post_member_approve(community_id: UUID, member_id: UUID, write: Write) -> MemberView:
    return await write(approve, community_id, member_id)


@router.post("/v1/communities/{community_id}/members/{member_id}/decline", allows="member.decide")
async def post_member_decline(
    community_id: UUID, member_id: UUID, command: DeclineRequest, write: Write
) -> MemberView:
    return await write(decline, community_id, member_id, command)

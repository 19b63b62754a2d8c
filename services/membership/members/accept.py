"""Accept an invitation: POST /v1/invitations/{token}/accept -> as often as it says -> MemberJoined.

The path names no community: the token leads to it. So the caller is a person and nothing else here; what they
are in that community is looked up.
"""

from typing import Annotated

import sqlalchemy as sa
from fastapi import Path
from sqlmodel import col, select

from services.membership.communities import rules as community_rules
from services.membership.members.arrive import AcceptInvitation, let_in
from services.membership.members.find import MemberView
from services.membership.members.invitation_tokens import digest
from services.membership.members.join import CommunityClosed
from services.membership.members.rules import MemberState
from services.membership.models import MEMBER_OF_PERSON, THE_COMMUNITY, Invitation, InvitationUse, Member
from services.membership.prospects.join import joined
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, NotFound
from shared.route import Router, Write
from shared.store import Tx, across, constant, scope

router = Router(tags=["invitations"])

Token = Annotated[str, Path(min_length=1, max_length=100)]
BY_TOKEN = constant(
    across(
        select(Invitation).where(col(Invitation.token_hash) == sa.bindparam("digest")).with_for_update(),
        why="the token says which community it is for; locked, so that it opens for one at a time",
    )
)
USED_BY = constant(
    select(InvitationUse).where(
        scope(InvitationUse),
        col(InvitationUse.invitation_id) == sa.bindparam("invitation_id"),
        col(InvitationUse.member_id) == sa.bindparam("member_id"),
    )
)


class UnknownInvitation(NotFound):
    title = "No such invitation"


class InvitationRevoked(Conflict):
    title = "Invitation revoked"


class InvitationExpired(Conflict):
    title = "Invitation expired"


class InvitationUsedUp(Conflict):
    title = "Invitation used up"


async def accept(tx: Tx, actor: Actor, token: str, command: AcceptInvitation) -> Member:
    """Come in by an invitation; accepting it again changes nothing, and a refusal uses nothing up."""
    if actor.person_id is None:
        raise Forbidden("only people accept invitations")
    invitation = await tx.one(BY_TOKEN, {"digest": digest(token)}, otherwise=UnknownInvitation)
    tx.within(invitation.community_id)
    member = await tx.first(MEMBER_OF_PERSON, {"person_id": actor.person_id})
    used = await _used(tx, invitation, member)
    if used and member is not None and member.state is MemberState.ACTIVE:
        return member
    community = await tx.one(THE_COMMUNITY)
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    _require_valid(tx, invitation, used=used)
    arrived = await let_in(tx, actor.person_id, invitation, member, command)
    if not used:
        await tx.update(Invitation, invitation.id, uses=invitation.uses + 1, updated_at=tx.now)
        await tx.insert(
            InvitationUse(
                community_id=invitation.community_id,
                invitation_id=invitation.id,
                member_id=arrived.id,
                used_at=tx.now,
            )
        )
        await joined(tx, invitation, arrived.id)
    return arrived


async def _used(tx: Tx, invitation: Invitation, member: Member | None) -> bool:
    if member is None:
        return False
    place = {"invitation_id": invitation.id, "member_id": member.id}
    return await tx.first(USED_BY, place) is not None


def _require_valid(tx: Tx, invitation: Invitation, *, used: bool) -> None:
    """Raise unless the invitation opens now; whoever used it before counts once."""
    if invitation.revoked_at is not None:
        raise InvitationRevoked
    if invitation.expires_at <= tx.now:
        raise InvitationExpired
    if invitation.uses >= invitation.max_uses and not used:
        raise InvitationUsedUp


@router.post("/v1/invitations/{token}/accept", allows="invitation.accept")
async def post_invitation_accept(token: Token, command: AcceptInvitation, write: Write) -> MemberView:
    return await write(accept, token, command)

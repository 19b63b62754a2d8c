"""Invite a prospect: POST /prospects/{id}/invite -> a token for one use, shown once -> ProspectInvited."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities import rules as community_rules
from services.membership.members.invitation_tokens import NewToken
from services.membership.members.invite import issue
from services.membership.members.join import CommunityClosed
from services.membership.models import THE_COMMUNITY, Invitation
from services.membership.prospects.courting import take
from services.membership.prospects.find import ProspectView, prospect_of
from services.membership.prospects.rules import ProspectVerb
from shared.contracts.membership import ProspectInvited
from shared.identity import Actor
from shared.route import Command, Instant, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["prospects"])

_MOMENT: Any = Invitation.__table__.c.revoked_at.type  # type: ignore[attr-defined]
REVOKE = constant(
    sa.update(Invitation)
    .where(
        scope(Invitation),
        col(Invitation.prospect_id) == sa.bindparam("invited"),
        col(Invitation.revoked_at).is_(None),
    )
    .values(revoked_at=sa.bindparam("now", type_=_MOMENT), updated_at=sa.bindparam("now", type_=_MOMENT))
)
"""Invitations are held before prospects, as by whoever accepts one."""


class InviteProspect(Command):
    """Until when the invitation opens; a month unless told otherwise."""

    expires_at: Instant | None = None


AS_USUAL = InviteProspect()


class InvitedProspectView(ProspectView):
    """`token` is shown this once; the repetition of a request by its Idempotency-Key answers null."""

    invitation_id: UUID
    token: str | None


async def invite(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    prospect_id: UUID,
    command: InviteProspect,
    token: NewToken,
) -> InvitedProspectView:
    """Make an invitation for one use; it replaces those made for the prospect before."""
    community = await tx.one(THE_COMMUNITY)
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    await tx.execute(REVOKE, {"invited": prospect_id, "now": tx.now})
    await take(tx, prospect_id, ProspectVerb.INVITE)
    invitation = await issue(
        tx, actor, community_id, token, expires_at=command.expires_at, prospect_id=prospect_id
    )
    tx.publish(
        ProspectInvited(community_id=community_id, prospect_id=prospect_id, invitation_id=invitation.id)
    )
    tx.audit("prospect.invite", prospect_id)
    view = await prospect_of(tx, actor, prospect_id)
    return InvitedProspectView(**dict(view), invitation_id=invitation.id, token=None)


@router.post("/v1/communities/{community_id}/prospects/{prospect_id}/invite", allows="prospect.manage")
async def post_prospect_invite(
    community_id: UUID, prospect_id: UUID, write: Write, command: InviteProspect = AS_USUAL
) -> InvitedProspectView:
    token = NewToken()
    return token.reveal(await write(invite, community_id, prospect_id, command, token))  # type: ignore[return-value]

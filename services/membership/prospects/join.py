"""A prospect joins: an invitation made for them was accepted -> ProspectJoined."""

from uuid import UUID

from services.membership.models import Invitation, Prospect
from services.membership.prospects import rules
from services.membership.prospects.rules import ProspectState, ProspectVerb
from shared.contracts.membership import ProspectJoined
from shared.store import Tx


async def joined(tx: Tx, invitation: Invitation, member_id: UUID) -> None:
    """The prospect the invitation was made for, if any, is this member from now on."""
    if invitation.prospect_id is None:
        return
    before = await tx.lock(Prospect, invitation.prospect_id, facts=0)
    if not rules.may(ProspectVerb.JOIN, before.state):
        return
    await tx.lock(Prospect, before.id, state=ProspectState.JOINED, member_id=member_id, forgotten_at=None)
    tx.publish(
        ProspectJoined(community_id=invitation.community_id, prospect_id=before.id, member_id=member_id)
    )

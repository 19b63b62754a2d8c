"""One step of an invitation: its state and the fact of it."""

from typing import Any

from services.events.models import Speaker, SpeakerInvitation
from services.events.speakers.rules import InvitationState
from shared.contracts.events import (
    SpeakerAccepted,
    SpeakerConfirmed,
    SpeakerDeclined,
    SpeakerDelivered,
    SpeakerDrafted,
    SpeakerInvitationExpired,
    SpeakerInvited,
    SpeakerWithdrawn,
)
from shared.facts import Fact
from shared.store import Tx

FACTS: dict[InvitationState, type[Fact]] = {
    InvitationState.DRAFTED: SpeakerDrafted,
    InvitationState.SENT: SpeakerInvited,
    InvitationState.ACCEPTED: SpeakerAccepted,
    InvitationState.DECLINED: SpeakerDeclined,
    InvitationState.EXPIRED: SpeakerInvitationExpired,
    InvitationState.CONFIRMED: SpeakerConfirmed,
    InvitationState.DELIVERED: SpeakerDelivered,
    InvitationState.WITHDRAWN: SpeakerWithdrawn,
}


async def become(
    tx: Tx, invitation: SpeakerInvitation, speaker: Speaker, state: InvitationState, **changes: Any
) -> SpeakerInvitation:
    """The invitation, held by the caller, in its new state."""
    after = await tx.lock(SpeakerInvitation, invitation.id, state=state, **changes)
    tx.publish(told(after, speaker))
    return after


def told(invitation: SpeakerInvitation, speaker: Speaker) -> Fact:
    """The fact of the state an invitation has."""
    of: dict[str, Any] = {
        "community_id": invitation.community_id,
        "invitation_id": invitation.id,
        "speaker_id": speaker.id,
        "event_id": invitation.event_id,
        "member_id": speaker.member_id,
    }
    if invitation.state is InvitationState.SENT:
        of["deadline"] = invitation.deadline
    return FACTS[invitation.state](**of)

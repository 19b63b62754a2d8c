"""What becomes of a speaker when their member is erased."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select, update

from services.events.models import Speaker, SpeakerInvitation
from services.events.speakers.rules import STANDING, InvitationState, SpeakerState
from services.events.speakers.steps import become
from services.events.traces import theirs
from shared.contracts.events import SpeakerChanged
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant, scope

UNKNOWN: dict[str, Any] = {
    "member_id": None,
    "name": "Former speaker",
    "state": SpeakerState.INACTIVE,
    "contact": None,
    "topics": [],
    "bio": None,
    "honorarium": None,
}
"""What is left of the speaker."""


async def forget_speakers(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """They are a former speaker without a word of their own, and asked to nothing any more."""
    speakers = await tx.all(SPEAKERS, parameters_of(subject))
    words = 0
    for speaker in speakers:
        for each in await tx.all(INVITATIONS, {"speaker_id": speaker.id}):
            if each.state in STANDING:
                await become(tx, each, speaker, InvitationState.WITHDRAWN)
        words += await tx.execute(FORGET_MESSAGES, {"speaker_id": speaker.id})
        await tx.lock(Speaker, speaker.id, **UNKNOWN)
        tx.publish(SpeakerChanged(community_id=subject.community_id, speaker_id=speaker.id))
    return +Counter({"speaker": len(speakers), "speaker_invitation": words})


SPEAKERS = constant(
    select(Speaker)
    .where(*theirs(Speaker, Speaker.member_id))
    .order_by(col(Speaker.id))
    .limit(5)
    .with_for_update(key_share=True)
)
"""Held before their invitations are looked at: nobody invites them meanwhile."""
_INVITED = (
    scope(SpeakerInvitation),
    col(SpeakerInvitation.speaker_id) == sa.bindparam("speaker_id"),
)
INVITATIONS = constant(
    select(SpeakerInvitation).where(*_INVITED).order_by(col(SpeakerInvitation.id)).with_for_update()
)
FORGET_MESSAGES = constant(
    update(SpeakerInvitation)
    .where(*_INVITED, col(SpeakerInvitation.message).is_not(None))
    .values(message=None)
)

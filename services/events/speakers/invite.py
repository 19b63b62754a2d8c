"""Invite a speaker: POST /speaker-invitations -> one that stands per speaker and event -> SpeakerInvited."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.events.events.rules import OVER
from services.events.models import HOLD_EVENT, Event, Speaker, SpeakerInvitation
from services.events.speakers.invitations import InvitationView, shown
from services.events.speakers.rules import InvitationState, SpeakerState
from services.events.speakers.steps import told
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Instant, Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["speakers"])

Message = Annotated[str, Field(min_length=1, max_length=4000)]


class InviteSpeaker(Command):
    """Whom to ask, what to say, and until when they answer; with `draft` nothing is sent yet."""

    speaker_id: UUID
    message: Message | None = None
    deadline: Instant
    draft: bool = False


class NoSuchSpeaker(Unprocessable):
    title = "No such speaker here"


class SpeakerInactive(Conflict):
    """Who is no longer asked is relisted first."""

    title = "This speaker is no longer asked"


class AlreadyInvited(Conflict):
    """A speaker is asked once per event, until they decline, the time is over or it is taken back."""

    title = "An invitation of this speaker to the event stands"


class NothingToSpeakAt(Conflict):
    title = "The event is over or called off"


class DeadlineTooEarly(Unprocessable):
    title = "The deadline has passed"


class DeadlineTooLate(Unprocessable):
    """Who speaks has answered before the event ends."""

    title = "The deadline lies behind the end of the event"


def require_deadline(event: Event, deadline: datetime, now: datetime) -> None:
    """Raise unless the event is still to come to its end, and the deadline lies before that."""
    if event.state in OVER:
        raise NothingToSpeakAt(state=event.state.value)
    if deadline <= now:
        raise DeadlineTooEarly
    if deadline >= event.ends_at:
        raise DeadlineTooLate(ends_at=event.ends_at)


async def invite(
    tx: Tx, actor: Actor, community_id: UUID, event_id: UUID, command: InviteSpeaker
) -> InvitationView:
    """Ask somebody to speak, or prepare to."""
    event = await tx.one(HOLD_EVENT, {"event_id": event_id})
    require_deadline(event, command.deadline, tx.now)
    speaker = await tx.lock(Speaker, command.speaker_id, facts=0, otherwise=NoSuchSpeaker)
    await refuse_erased(tx, speaker.member_id)
    if speaker.state is not SpeakerState.LISTED:
        raise SpeakerInactive
    invitation = SpeakerInvitation(
        id=uuid7(),
        community_id=community_id,
        event_id=event_id,
        speaker_id=speaker.id,
        message=command.message,
        deadline=command.deadline,
        state=InvitationState.DRAFTED if command.draft else InvitationState.SENT,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(invitation, conflicts={"one_idx": AlreadyInvited})
    tx.publish(told(invitation, speaker))
    tx.audit("speaker_invitation.draft" if command.draft else "speaker_invitation.send", invitation.id)
    (view,) = await shown(tx, actor, [invitation], organises=True)
    return view


@router.post(
    "/v1/communities/{community_id}/events/{event_id}/speaker-invitations",
    status_code=201,
    allows="speaker.manage",
)
async def post_speaker_invitation(
    community_id: UUID, event_id: UUID, command: InviteSpeaker, write: Write
) -> InvitationView:
    return await write(invite, community_id, event_id, command)

"""Speakers and their invitations."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, col, select

from services.events.speakers.rules import InvitationState, SpeakerKind, SpeakerState
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

STANDS = text("state IN ('drafted', 'sent', 'accepted', 'confirmed')")
IS_SENT = text("state = 'sent'")


class Speaker(Base, table=True):
    """Somebody who speaks at events: a member, or a guest; `contact` is sealed about the speaker's id."""

    __tablename__ = "speaker"
    __table_args__ = (
        Index("speaker_created_at_idx", "community_id", "created_at", "id"),
        Index("speaker_member_idx", "community_id", "member_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    member_id: UUID | None = None
    kind: SpeakerKind
    name: str = Field(max_length=120, sa_column_kwargs=pii("name"))
    contact: str | None = Field(default=None, max_length=2000, sa_column_kwargs=pii("contact"))
    topics: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    bio: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    honorarium: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("freetext"))
    state: SpeakerState = SpeakerState.LISTED
    created_at: datetime
    updated_at: datetime
    version: int = 1


class SpeakerInvitation(Base, table=True):
    """A speaker is asked to speak at an event until `deadline`."""

    __tablename__ = "speaker_invitation"
    __table_args__ = (
        Index(
            "speaker_invitation_one_idx",
            "event_id",
            "speaker_id",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
        Index("speaker_invitation_event_idx", "event_id", "created_at", "id"),
        Index("speaker_invitation_speaker_idx", "speaker_id"),
        Index("speaker_invitation_deadline_idx", "deadline", sqlite_where=IS_SENT, postgresql_where=IS_SENT),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    event_id: UUID = Field(foreign_key="event.id")
    speaker_id: UUID = Field(foreign_key="speaker.id")
    message: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    deadline: datetime
    state: InvitationState = InvitationState.DRAFTED
    answered_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


THE_SPEAKER = constant(select(Speaker).where(scope(Speaker), col(Speaker.id) == sa.bindparam("speaker_id")))
THE_INVITATION = constant(
    select(SpeakerInvitation).where(
        scope(SpeakerInvitation),
        col(SpeakerInvitation.event_id) == sa.bindparam("event_id"),
        col(SpeakerInvitation.id) == sa.bindparam("invitation_id"),
    )
)

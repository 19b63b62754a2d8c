"""People, their memberships, and how they came in."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, col, select

from services.membership.members.rules import (
    FieldKind,
    MemberState,
    PersonState,
    SanctionKind,
    SanctionSource,
    Stage,
)
from services.membership.tables import Base, bytewise
from shared.ids import uuid7
from shared.store import constant, pii, scope


class Person(Base, table=True):
    """Somebody an issuer vouches for; belongs to no community and may be a member of many."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="login"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    issuer: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    subject: str = Field(max_length=255, sa_column_kwargs=pii("contact"))
    state: PersonState = PersonState.ACTIVE
    created_at: datetime


class Member(Base, table=True):
    """Somebody in a community: a person who joined, or somebody others speak for (`person_id` null).

    `roles` is the set of granted roles as it is read; `role_grant` says by whom, and finds a role's holders.
    `stage` is what metrics last said; `onboarding` has a moment for each step done; `merged_into` the member
    who stands for this one while merged. Who asks to be let in and who was invited by name is a row already,
    with the moment of that in `joined_at`.
    """

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("community_id", "handle", name="handle"),
        UniqueConstraint("community_id", "person_id", name="person"),
        Index("member_joined_at_idx", "community_id", "joined_at", "id"),
        Index("member_state_idx", "community_id", "state", "joined_at", "id"),
        Index("member_state_updated_at_idx", "community_id", "state", "updated_at", "id"),
        Index("member_updated_at_idx", "community_id", "updated_at", "id"),
        Index("member_handle_idx", "community_id", "handle", "id"),
        Index("member_name_key_idx", "community_id", "name_key", "id"),
        Index("member_stage_idx", "community_id", "stage", "joined_at", "id"),
        Index("member_person_idx", "person_id", "community_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    handle: str = Field(sa_type=bytewise(40), sa_column_kwargs=pii("name"))
    display_name: str = Field(max_length=80, sa_column_kwargs=pii("name"))
    name_key: str = Field(sa_type=bytewise(80), sa_column_kwargs=pii("name"))
    headline: str | None = Field(default=None, max_length=160, sa_column_kwargs=pii("freetext"))
    bio: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    organisation: str | None = Field(default=None, max_length=120, sa_column_kwargs=pii("freetext"))
    location: str | None = Field(default=None, max_length=80, sa_column_kwargs=pii("freetext"))
    interests: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    goals: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    motivations: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    pain_points: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    custom: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    source: dict[str, str] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("behaviour"))
    onboarding: dict[str, str] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("behaviour"))
    roles: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    is_bot: bool = False
    state: MemberState = MemberState.ACTIVE
    stage: Stage | None = None
    stage_since: datetime | None = None
    stage_version: int = 0
    merged_into: UUID | None = None
    joined_at: datetime
    left_at: datetime | None = None
    declined_at: datetime | None = None
    decline_reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("freetext"))
    updated_at: datetime
    version: int = 1


class MemberInterest(Base, table=True):
    """An interest a member named, in the form it is found by."""

    __tablename__ = "member_interest"
    __table_args__ = (Index("member_interest_member_idx", "community_id", "member_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    interest: str = Field(max_length=60, primary_key=True, sa_column_kwargs=pii("freetext"))
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")


class CustomField(Base, table=True):
    """A field this community's profiles have besides the common ones."""

    __tablename__ = "custom_field"

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    key: str = Field(max_length=40, primary_key=True, sa_column_kwargs=pii("none"))
    label: str = Field(max_length=80, sa_column_kwargs=pii("none"))
    kind: FieldKind
    options: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    required: bool = False
    retired_at: datetime | None = None
    updated_at: datetime


class OnboardingPlan(Base, table=True):
    """The steps of a community's welcome; without a row those every community begins with."""

    __tablename__ = "onboarding_plan"

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    steps: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    updated_at: datetime


class Sanction(Base, table=True):
    """A suspension or ban, in force until `ended_at`; moderation's as its newest fact told of it."""

    __tablename__ = "sanction"
    __table_args__ = (Index("sanction_member_idx", "community_id", "member_id", "ended_at"),)

    id: UUID = Field(primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    member_id: UUID
    kind: SanctionKind
    source: SanctionSource
    fact_version: int
    imposed_at: datetime
    ended_at: datetime | None = None


class Block(Base, table=True):
    """A member wants nothing from another; lifted when `lifted_at` is set."""

    __tablename__ = "block"
    __table_args__ = (Index("block_blocked_idx", "community_id", "blocked_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    blocker_id: UUID = Field(primary_key=True, foreign_key="member.id")
    blocked_id: UUID = Field(primary_key=True, foreign_key="member.id")
    created_at: datetime
    lifted_at: datetime | None = None


class Invitation(Base, table=True):
    """Lets people in: whoever has the token, up to `max_uses` times. Only the token's hash is kept.

    With a `member_id` it is that member's alone. It has no version: it is used up, and revoked in between.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("token_hash", name="token"),
        Index("invitation_created_at_idx", "community_id", "created_at", "id"),
        Index("invitation_member_idx", "community_id", "member_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    token_hash: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    member_id: UUID | None = Field(default=None, foreign_key="member.id")
    prospect_id: UUID | None = None
    max_uses: int
    uses: int = 0
    expires_at: datetime
    created_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    created_at: datetime
    updated_at: datetime
    revoked_at: datetime | None = None


class InvitationUse(Base, table=True):
    """Who came in by an invitation."""

    __tablename__ = "invitation_use"
    __table_args__ = (Index("invitation_use_member_idx", "community_id", "member_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    invitation_id: UUID = Field(primary_key=True, foreign_key="invitation.id")
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    used_at: datetime


THE_MEMBER = constant(select(Member).where(scope(Member), col(Member.id) == sa.bindparam("member_id")))
"""The member."""

HOLD_MEMBER = constant(
    select(Member).where(scope(Member), col(Member.id) == sa.bindparam("member_id")).with_for_update()
)
"""The member, locked until commit without a new version: for what may turn out to change nothing."""

MEMBER_OF_PERSON = constant(
    select(Member).where(scope(Member), col(Member.person_id) == sa.bindparam("person_id"))
)
"""The member a person is, in whatever state."""

OPEN_SANCTIONS = constant(
    select(Sanction).where(
        scope(Sanction),
        col(Sanction.member_id) == sa.bindparam("member_id"),
        col(Sanction.ended_at).is_(None),
    )
)
"""What is in force against a member."""

"""What events remembers of facts of others: who stands how, belongs to which group, is entitled to what."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, text
from sqlmodel import Field, col, select

from services.events.audience.rules import GuidelineKind, MemberStanding
from services.events.tables import Base
from shared.store import constant, pii, scope

SPREADS = text("look_at IS NOT NULL")


class Standing(Base, table=True):
    """How a member stands, as of the newest fact heard (`fact_version`)."""

    __tablename__ = "standing"

    community_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    standing: MemberStanding = MemberStanding.ACTIVE
    fact_version: int = 0


class EventBan(Base, table=True):
    """A sanction that keeps a member from events, until it ends."""

    __tablename__ = "event_ban"
    __table_args__ = (Index("event_ban_member_idx", "community_id", "member_id"),)

    sanction_id: UUID = Field(primary_key=True)
    community_id: UUID
    member_id: UUID
    until: datetime | None = None
    ended: bool = False
    fact_version: int


class Departure(Base, table=True):
    """A member whose registrations to come are cancelled, or who was merged and another stands for them.

    A few change in each write; it stays a moment longer than any transaction that had not heard of it.
    `goes_to` is who stands for them, `look_at` when to look next."""

    __tablename__ = "departure"
    __table_args__ = (Index("departure_look_at_idx", "look_at"),)

    community_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    goes_to: UUID | None = None
    heard_at: datetime
    look_at: datetime


class GroupMembership(Base, table=True):
    """A member belongs to a group, or (`belongs` false) no longer; `fact_version` is the group's."""

    __tablename__ = "group_membership"
    __table_args__ = (Index("group_membership_member_idx", "community_id", "member_id"),)

    community_id: UUID = Field(primary_key=True)
    group_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    belongs: bool
    fact_version: int


class Entitlement(Base, table=True):
    """A member may come to what asks for `resource`, until `until`."""

    __tablename__ = "entitlement"
    __table_args__ = (Index("entitlement_member_idx", "community_id", "member_id", "resource"),)

    entitlement_id: UUID = Field(primary_key=True)
    community_id: UUID
    member_id: UUID
    resource: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    until: datetime | None = None
    ended: bool = False
    fact_version: int


class Guideline(Base, table=True):
    """The version of the community's guidelines in force: those for events, else those of conduct.

    `heard_at` is when it came, `look_at` when to look next for events that do not point at it yet."""

    __tablename__ = "guideline"
    __table_args__ = (
        Index("guideline_look_at_idx", "look_at", sqlite_where=SPREADS, postgresql_where=SPREADS),
    )

    community_id: UUID = Field(primary_key=True)
    kind: GuidelineKind
    guideline_version: int
    heard_at: datetime
    look_at: datetime | None


class CommunityKey(Base, table=True):
    """The key a community's contacts, answers and links are sealed under, meaningless without the vault."""

    __tablename__ = "community_key"

    community_id: UUID = Field(primary_key=True)
    vault_key: str = Field(max_length=400, sa_column_kwargs=pii("none"))


THE_STANDING = constant(
    select(Standing).where(scope(Standing), col(Standing.member_id) == sa.bindparam("member_id"))
)

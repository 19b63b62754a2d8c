"""The tables membership owns, and the statements several slices share."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, col, select

from services.membership.rules import (
    CommunityKind,
    CommunityState,
    IdentityState,
    JoinPolicy,
    MemberState,
    Role,
    Visibility,
)
from shared.ids import uuid7
from shared.store import TableModel, constant, scope, tables_of


class Base(TableModel, registry=tables_of("membership")):
    """What belongs to membership alone."""


def _bytewise(length: int) -> Any:
    """Text that sorts by code point on both databases, so that an index answers a search by prefix."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


class Person(Base, table=True):
    """Somebody an issuer vouches for; belongs to no community and may be a member of many."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="login"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    issuer: str = Field(max_length=200)
    subject: str = Field(max_length=255)
    created_at: datetime


class Community(Base, table=True):
    """A community; its own tenant."""

    __tablename__ = "community"
    __table_args__ = (
        UniqueConstraint("slug", name="slug"),
        Index("community_created_at_idx", "created_at", "id"),
        {"info": {"tenant": "id"}},
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    slug: str = Field(max_length=60)
    name: str = Field(max_length=120)
    kind: CommunityKind
    state: CommunityState = CommunityState.DRAFT
    purpose: str | None = Field(default=None, max_length=2000)
    timezone: str = Field(max_length=64)
    locale: str = Field(max_length=35)
    visibility: Visibility
    join_policy: JoinPolicy
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    version: int = 1


class CommunityKey(Base, table=True):
    """The key under which a community's contacts are hashed; without it they mean nothing."""

    __tablename__ = "community_key"

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    subject_key: str = Field(max_length=64)


class Member(Base, table=True):
    """Somebody in a community: a person who joined, or somebody others speak for (`person_id` null).

    `roles` is the set of granted roles as it is read; `role_grant` says by whom, and finds a role's holders.
    """

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("community_id", "handle", name="handle"),
        UniqueConstraint("community_id", "person_id", name="person"),
        Index("member_joined_at_idx", "community_id", "joined_at", "id"),
        Index("member_state_idx", "community_id", "state", "joined_at", "id"),
        Index("member_updated_at_idx", "community_id", "updated_at", "id"),
        Index("member_name_key_idx", "community_id", "name_key", "id"),
        Index("member_person_idx", "person_id", "community_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    handle: str = Field(sa_type=_bytewise(40))
    display_name: str = Field(max_length=80)
    name_key: str = Field(sa_type=_bytewise(80))
    headline: str | None = Field(default=None, max_length=160)
    bio: str | None = Field(default=None, max_length=4000)
    interests: list[str] = Field(default_factory=list, sa_type=JSON)
    roles: list[str] = Field(default_factory=list, sa_type=JSON)
    state: MemberState = MemberState.ACTIVE
    joined_at: datetime
    left_at: datetime | None = None
    updated_at: datetime
    version: int = 1


class RoleGrant(Base, table=True):
    """A role a member holds, and who granted it; revoking deletes the row, the audit log remembers."""

    __tablename__ = "role_grant"
    __table_args__ = (Index("role_grant_role_idx", "community_id", "role", "member_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    role: Role = Field(primary_key=True)
    granted_by: str = Field(max_length=100)
    granted_at: datetime


class Identity(Base, table=True):
    """A person as another platform knows them, linked to a member; the id is derived, see `identity_id`."""

    __tablename__ = "identity"
    __table_args__ = (Index("identity_member_idx", "community_id", "member_id"),)

    id: UUID = Field(primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    member_id: UUID = Field(foreign_key="member.id")
    provider: str = Field(max_length=40)
    subject: str = Field(max_length=255)
    state: IdentityState = IdentityState.LINKED
    linked_at: datetime
    version: int = 1


THE_COMMUNITY = constant(select(Community).where(scope(Community)))
"""The community of the request."""

HOLD_COMMUNITY = constant(select(Community).where(scope(Community)).with_for_update(key_share=True))
"""The community, locked until commit, so that what counts its members or owners happens one at a time.

Taken before any member's row. On SQLite there is one writer anyway.
"""

THE_MEMBER = constant(select(Member).where(scope(Member), col(Member.id) == sa.bindparam("member_id")))

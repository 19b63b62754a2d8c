"""The community, its key, and who wants it to exist."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, select

from services.membership.communities.rules import (
    DEMAND_THRESHOLD,
    CommunityKind,
    CommunityState,
    InterestSource,
    JoinPolicy,
    Visibility,
)
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope


class Community(Base, table=True):
    """A community; its own tenant."""

    __tablename__ = "community"
    __table_args__ = (
        UniqueConstraint("slug", name="slug"),
        Index("community_created_at_idx", "created_at", "id"),
        {"info": {"tenant": "id"}},
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    slug: str = Field(max_length=60, sa_column_kwargs=pii("none"))
    name: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    kind: CommunityKind
    state: CommunityState = CommunityState.DRAFT
    purpose: str | None = Field(default=None, max_length=2000, sa_column_kwargs=pii("none"))
    objectives: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    target_audience: str | None = Field(default=None, max_length=2000, sa_column_kwargs=pii("none"))
    key_outcomes: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    charter: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))
    value_proposition: str | None = Field(default=None, max_length=2000, sa_column_kwargs=pii("none"))
    timezone: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    locale: str = Field(max_length=35, sa_column_kwargs=pii("none"))
    visibility: Visibility
    join_policy: JoinPolicy
    demand_threshold: int = DEMAND_THRESHOLD
    demand_reached_at: datetime | None = None
    activation_override: dict[str, Any] | None = Field(
        default=None, sa_type=JSON, sa_column_kwargs=pii("none")
    )
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    version: int = 1


class CommunityKey(Base, table=True):
    """The key a community's contacts are sealed under, meaningless without."""

    __tablename__ = "community_key"

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    vault_key: str | None = Field(default=None, max_length=400, sa_column_kwargs=pii("none"))


class Interest(Base, table=True):
    """Somebody wants this community and agreed to be counted.

    `party_id` is a member, a prospect, or a person who signed in and belongs to no community yet.
    """

    __tablename__ = "interest"
    __table_args__ = (Index("interest_party_idx", "community_id", "withdrawn_at", "party_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    party_id: UUID = Field(primary_key=True)
    source: InterestSource
    policy_version: str = Field(max_length=40, sa_column_kwargs=pii("none"))
    given_at: datetime
    withdrawn_at: datetime | None = None


THE_COMMUNITY = constant(select(Community).where(scope(Community)))
"""The community of the request."""

HOLD_COMMUNITY = constant(select(Community).where(scope(Community)).with_for_update(key_share=True))
"""The community, locked until commit, so that what counts its members or owners happens one at a time.

Taken before any member's row. On SQLite there is one writer anyway.
"""

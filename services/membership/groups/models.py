"""Groups and who is in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from services.membership.groups.rules import GroupFunction, GroupKind, GroupState, GroupVisibility
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import pii


class Group(Base, table=True):
    """A part of the community; with a `rule` its members are whoever satisfies it, else whoever was added.

    `meetings` are kept as they were given until the events service holds them.
    """

    __tablename__ = "group"
    __table_args__ = (
        UniqueConstraint("community_id", "slug", name="slug"),
        Index("group_created_at_idx", "community_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    parent_id: UUID | None = Field(default=None, foreign_key="group.id")
    slug: str = Field(max_length=60, sa_column_kwargs=pii("none"))
    name: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    kind: GroupKind
    description: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("none"))
    visibility: GroupVisibility
    rule: dict[str, Any] | None = Field(default=None, sa_type=JSON, sa_column_kwargs=pii("none"))
    meetings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    state: GroupState = GroupState.ACTIVE
    created_at: datetime
    updated_at: datetime
    version: int = 1


class GroupMember(Base, table=True):
    """A member of a group."""

    __tablename__ = "group_member"
    __table_args__ = (Index("group_member_member_idx", "community_id", "member_id", "group_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    group_id: UUID = Field(primary_key=True, foreign_key="group.id")
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    function: GroupFunction
    added_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    added_at: datetime

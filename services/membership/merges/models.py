"""Merges of two members, and all it takes to undo them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from services.membership.merges.rules import MergeState
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import pii


class Merge(Base, table=True):
    """Two members who are one person; `moved` says what went over, and reverting gives it back."""

    __tablename__ = "merge"
    __table_args__ = (
        Index("merge_created_at_idx", "community_id", "created_at", "id"),
        Index("merge_merged_idx", "community_id", "merged_id"),
        Index("merge_survivor_idx", "community_id", "survivor_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    survivor_id: UUID = Field(foreign_key="member.id")
    merged_id: UUID = Field(foreign_key="member.id")
    state: MergeState
    reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("freetext"))
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("behaviour"))
    proposed_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    reversible_until: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

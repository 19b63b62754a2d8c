"""Stakeholders and what they care about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.membership.stakeholders.rules import Side, StakeholderState
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import pii


class Stakeholder(Base, table=True):
    """Somebody whose word counts; `influence` is 1 (little) to 5."""

    __tablename__ = "stakeholder"
    __table_args__ = (
        Index("stakeholder_created_at_idx", "community_id", "created_at", "id"),
        Index("stakeholder_state_idx", "community_id", "state", "created_at", "id"),
        Index("stakeholder_member_idx", "community_id", "member_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    name: str = Field(max_length=120, sa_column_kwargs=pii("name"))
    organisation: str | None = Field(default=None, max_length=120, sa_column_kwargs=pii("none"))
    side: Side
    interest: str | None = Field(default=None, max_length=1000, sa_column_kwargs=pii("freetext"))
    influence: int
    member_id: UUID | None = Field(default=None, foreign_key="member.id")
    state: StakeholderState = StakeholderState.ACTIVE
    created_at: datetime
    updated_at: datetime
    version: int = 1

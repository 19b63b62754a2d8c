"""Applications to lead."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, col, select

from services.membership.leaders.rules import LeaderState
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

ON_THE_WAY = text("state IN ('applied', 'reviewing', 'accepted')")


class LeaderApplication(Base, table=True):
    """A member wants to lead; one application at a time is open or in office.

    `sponsored_at` is when the sponsor confirmed; `decided_by` the member or key that accepted or declined.
    """

    __tablename__ = "leader_application"
    __table_args__ = (
        Index(
            "leader_application_open_idx",
            "community_id",
            "member_id",
            unique=True,
            sqlite_where=ON_THE_WAY,
            postgresql_where=ON_THE_WAY,
        ),
        Index("leader_application_created_at_idx", "community_id", "created_at", "id"),
        Index("leader_application_state_idx", "community_id", "state", "created_at", "id"),
        Index("leader_application_member_idx", "community_id", "member_id", "created_at", "id"),
        Index("leader_application_sponsor_idx", "community_id", "sponsor_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    member_id: UUID = Field(foreign_key="member.id")
    motivation: str = Field(max_length=4000, sa_column_kwargs=pii("freetext"))
    intake: dict[str, str] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    sponsor_id: UUID | None = Field(default=None, foreign_key="member.id")
    sponsored_at: datetime | None = None
    state: LeaderState = LeaderState.APPLIED
    reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("freetext"))
    decided_by: str | None = Field(default=None, max_length=100, sa_column_kwargs=pii("none"))
    decided_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


THE_APPLICATION = constant(
    select(LeaderApplication).where(
        scope(LeaderApplication), col(LeaderApplication.id) == sa.bindparam("application_id")
    )
)

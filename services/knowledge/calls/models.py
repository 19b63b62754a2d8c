"""Calls for contributions: what the community would like somebody to write."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.knowledge.calls.rules import CallState
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

CLOCK_RUNS = text("clock_at IS NOT NULL")


class ContributionCall(Base, table=True):
    """A topic somebody is wanted for; `event_id` where an event is to be written up.

    `clock_at` is when it expires. `article_id` is what fulfilled it.
    """

    __tablename__ = "contribution_call"
    __table_args__ = (
        UniqueConstraint("community_id", "event_id", name="event"),
        Index("contribution_call_state_idx", "community_id", "state", "created_at", "id"),
        Index("contribution_call_created_at_idx", "community_id", "created_at", "id"),
        Index("contribution_call_claimed_by_idx", "community_id", "claimed_by"),
        Index(
            "contribution_call_clock_at_idx", "clock_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    topic: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    description: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    for_whom: str | None = Field(default=None, max_length=300, sa_column_kwargs=pii("none"))
    reward: str | None = Field(default=None, max_length=300, sa_column_kwargs=pii("none"))
    deadline: datetime | None = None
    event_id: UUID | None = None
    state: CallState = CallState.OPEN
    opened_by: UUID | None
    claimed_by: UUID | None = None
    claimed_at: datetime | None = None
    article_id: UUID | None = None
    fulfilled_by: UUID | None = None
    clock_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1


_THE_CALL = select(ContributionCall).where(
    scope(ContributionCall), col(ContributionCall.id) == sa.bindparam("call_id")
)
THE_CALL = constant(_THE_CALL)
HOLD_CALL = constant(_THE_CALL.with_for_update(key_share=True))

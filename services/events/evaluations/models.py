"""The recorded result of an event."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, col, select

from services.events.evaluations.rules import Verdict
from services.events.tables import Base
from shared.store import constant, pii, scope


class Evaluation(Base, table=True):
    """What an event came to: seats confirmed at its start, who came, and what was learnt.

    Seats, not registrations. `satisfied` of `answered` said 4 or 5 of 5 in the survey that belongs to it."""

    __tablename__ = "evaluation"
    __table_args__ = (Index("evaluation_format_idx", "community_id", "format_id"),)

    event_id: UUID = Field(primary_key=True, foreign_key="event.id")
    community_id: UUID
    format_id: UUID | None = None
    verdict: Verdict
    learnings: str | None = Field(default=None, max_length=10_000, sa_column_kwargs=pii("none"))
    confirmed: int
    attended: int
    no_show: int
    late_cancelled: int
    capacity: int | None
    satisfied: int | None = None
    answered: int | None = None
    survey_id: UUID | None = None
    recorded_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    recorded_at: datetime


class SurveyResult(Base, table=True):
    """What a survey about an event came to, as of its newest fact; it may close before that is evaluated."""

    __tablename__ = "survey_result"
    __table_args__ = (Index("survey_result_event_idx", "community_id", "event_id", "closed_at"),)

    survey_id: UUID = Field(primary_key=True)
    community_id: UUID
    event_id: UUID
    satisfied: int | None
    answered: int
    closed_at: datetime
    fact_version: int


THE_EVALUATION = constant(
    select(Evaluation).where(scope(Evaluation), col(Evaluation.event_id) == sa.bindparam("event_id"))
)

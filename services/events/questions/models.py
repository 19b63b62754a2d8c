"""Questions to an event, and who wants them answered."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, col, select

from services.events.questions.rules import QuestionState
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope


class Question(Base, table=True):
    """What a member wants to know; `votes` counts its rows of QuestionVote and is no part of the version.

    `text` and `answer` are empty, `asked_by` null once who asked was erased."""

    __tablename__ = "question"
    __table_args__ = (
        Index("question_votes_idx", "event_id", "votes", "id"),
        Index("question_asked_by_idx", "community_id", "asked_by"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    event_id: UUID = Field(foreign_key="event.id")
    asked_by: UUID | None
    text: str = Field(max_length=2000, sa_column_kwargs=pii("freetext"))
    votes: int = 0
    state: QuestionState = QuestionState.ASKED
    answer: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    answered_by: UUID | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


class QuestionVote(Base, table=True):
    """A member wants a question answered."""

    __tablename__ = "question_vote"
    __table_args__ = (Index("question_vote_member_idx", "community_id", "member_id"),)

    question_id: UUID = Field(primary_key=True, foreign_key="question.id")
    member_id: UUID = Field(primary_key=True)
    community_id: UUID


_THE_QUESTION = select(Question).where(
    scope(Question),
    col(Question.event_id) == sa.bindparam("event_id"),
    col(Question.id) == sa.bindparam("question_id"),
)
THE_QUESTION = constant(_THE_QUESTION)
HOLD_QUESTION = constant(_THE_QUESTION.with_for_update(key_share=True))

"""Questions, answers, votes and who was asked for an answer."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.knowledge.questions.rules import AnswerState, ClosedReason, OutdatedReason, QuestionState
from services.knowledge.rules import Visibility
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

CLOCK_RUNS = text("clock_at IS NOT NULL")


class Question(Base, table=True):
    """What somebody wants to know; `inquiry_id` where it began as an inquiry.

    `answers` counts those that can be read; it is no part of the version. `body` is empty and `asked_by` null
    once who asked was erased. `accepted_answer_id` was accepted last, and may be outdated by now.
    """

    __tablename__ = "question"
    __table_args__ = (
        Index("question_created_at_idx", "community_id", "created_at", "id"),
        Index("question_updated_at_idx", "community_id", "updated_at", "id"),
        Index("question_state_idx", "community_id", "state", "created_at", "id"),
        Index("question_asked_by_idx", "community_id", "asked_by", "id"),
        Index("question_inquiry_idx", "community_id", "inquiry_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    title: str = Field(max_length=200, sa_column_kwargs=pii("freetext"))
    body: str = Field(sa_column_kwargs=pii("freetext"))
    tags: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    language: str = Field(max_length=35, sa_column_kwargs=pii("none"))
    visibility: Visibility = Visibility.MEMBERS
    asked_by: UUID | None
    inquiry_id: UUID | None = None
    state: QuestionState = QuestionState.OPEN
    hidden_from: QuestionState | None = None
    accepted_answer_id: UUID | None = None
    duplicate_of: UUID | None = None
    closed_reason: ClosedReason | None = None
    answers: int = 0
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Answer(Base, table=True):
    """What somebody answered; `body` and `author_id` are null once deleted.

    `votes` is the sum of its votes and `rank` where it stands among the answers (see rank_of); both are no
    part of the version. `clock_at` is when it ceases to hold by itself (`valid_until` of an accepted one).
    """

    __tablename__ = "answer"
    __table_args__ = (
        Index("answer_question_idx", "question_id", "rank", "id"),
        Index("answer_author_idx", "community_id", "author_id", "id"),
        Index("answer_clock_at_idx", "clock_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    question_id: UUID = Field(foreign_key="question.id")
    body: str | None = Field(sa_column_kwargs=pii("freetext"))
    author_id: UUID | None
    votes: int = 0
    rank: int = Field(default=0, sa_type=BigInteger)
    state: AnswerState = AnswerState.POSTED
    hidden_from: AnswerState | None = None
    outdated_reason: OutdatedReason | None = None
    verified_by: UUID | None = None
    verified_at: datetime | None = None
    valid_until: datetime | None = None
    clock_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


class AnswerVote(Base, table=True):
    """A member's vote, one for each answer: 1 or -1; taken back it is 0. The id is derived from the two."""

    __tablename__ = "answer_vote"
    __table_args__ = (
        UniqueConstraint("answer_id", "member_id", name="one_each"),
        Index("answer_vote_member_idx", "member_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    community_id: UUID
    answer_id: UUID
    member_id: UUID
    value: int
    created_at: datetime
    updated_at: datetime
    version: int = 1


class QuestionInvitation(Base, table=True):
    """A member who was asked for an answer, once for each question."""

    __tablename__ = "question_invitation"
    __table_args__ = (Index("question_invitation_member_idx", "member_id", "created_at"),)

    question_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    community_id: UUID
    invited_by: UUID | None
    created_at: datetime
    answered_at: datetime | None = None


_THE_QUESTION = select(Question).where(scope(Question), col(Question.id) == sa.bindparam("question_id"))
THE_QUESTION = constant(_THE_QUESTION)
HOLD_QUESTION = constant(_THE_QUESTION.with_for_update(key_share=True))
"""The question, held before any of its answers: everything about both happens one at a time."""
THE_ANSWER = constant(select(Answer).where(scope(Answer), col(Answer.id) == sa.bindparam("answer_id")))

"""Reviews, whom they ask, and what was said."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.knowledge.reviews.rules import ReviewState, Verdict
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

IS_OPEN = text("state = 'open'")


class Review(Base, table=True):
    """A revision that others read before it is released; at most one is open per article."""

    __tablename__ = "review"
    __table_args__ = (
        Index("review_open_idx", "article_id", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("review_article_idx", "article_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    article_id: UUID = Field(foreign_key="article.id")
    revision: int
    needed: int
    """How many must approve, as the collection said when the draft was submitted."""
    approved: int = 0
    state: ReviewState = ReviewState.OPEN
    submitted_by: UUID | None
    created_at: datetime
    closed_at: datetime | None = None


class Reviewer(Base, table=True):
    """A member who was asked to review, though they may not be an editor or curator."""

    __tablename__ = "reviewer"
    __table_args__ = (Index("reviewer_member_idx", "member_id"),)

    review_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    community_id: UUID


class ReviewVerdict(Base, table=True):
    """What one reviewer said; one verdict for each reviewer (`given_by` is the member's or key's id)."""

    __tablename__ = "review_verdict"
    __table_args__ = (
        UniqueConstraint("review_id", "given_by", name="once"),
        Index("review_verdict_member_idx", "member_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    review_id: UUID = Field(foreign_key="review.id")
    member_id: UUID | None
    given_by: str | None = Field(max_length=80, sa_column_kwargs=pii("none"))
    verdict: Verdict
    comment: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    created_at: datetime


OPEN_REVIEW = constant(
    select(Review).where(
        scope(Review), col(Review.article_id) == sa.bindparam("article_id"), sa.text("state = 'open'")
    )
)

"""The open review of an article, and its end."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.models import Article
from services.knowledge.reviews.models import OPEN_REVIEW, Review
from services.knowledge.reviews.rules import ReviewState
from shared.store import Tx, constant, scope


async def open_review(tx: Tx, article_id: UUID) -> Review | None:
    """The review that is open, of an article the caller holds: it stays so until commit."""
    return await tx.first(OPEN_REVIEW, {"article_id": article_id})


async def newest_review(tx: Tx, article: Article) -> Review | None:
    """The last review of the draft, open or not."""
    return await tx.first(NEWEST, {"article_id": article.id, "revision": article.draft_revision})


async def close_review(tx: Tx, review: Review, state: ReviewState) -> None:
    """End the review of an article the caller holds."""
    await tx.update(Review, review.id, state=state, closed_at=tx.now)


NEWEST = constant(
    select(Review)
    .where(
        scope(Review),
        col(Review.article_id) == sa.bindparam("article_id"),
        col(Review.revision) == sa.bindparam("revision"),
    )
    .order_by(col(Review.created_at).desc(), col(Review.id).desc())
    .limit(1)
)

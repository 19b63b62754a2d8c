"""Read reviews: GET /articles/{id}/reviews -> for those who work at the article, the newest first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.access import visible_article, works_at
from services.knowledge.reviews.models import Review, Reviewer, ReviewVerdict
from services.knowledge.reviews.rules import ReviewState, Verdict
from shared.identity import Actor
from shared.problems import Forbidden
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["articles"])


class VerdictView(View):
    """What a reviewer said; `member_id` is null for API keys, and once the reviewer was erased."""

    member_id: UUID | None
    verdict: Verdict
    comment: str | None
    created_at: datetime


class ReviewView(View):
    """A review of one revision: `approved` of the `needed` approvals it has, whom it asked by name."""

    id: UUID
    article_id: UUID
    revision: int
    needed: int
    approved: int
    state: ReviewState
    submitted_by: UUID | None
    reviewers: list[UUID]
    verdicts: list[VerdictView]
    created_at: datetime
    closed_at: datetime | None


async def reviews(tx: Tx, actor: Actor, article_id: UUID, limit: int, cursor: str | None) -> Page[ReviewView]:
    """The reviews of the article."""
    article = await visible_article(tx, actor, article_id)
    if not await works_at(tx, actor, article):
        raise Forbidden
    by = (Review.created_at, Review.id)
    given = {"article_id": article_id}
    page = await tx.page(OF_ARTICLE, given, by=by, limit=limit, cursor=cursor, descending=True)
    return Page(items=await _shown(tx, page.items), next_cursor=page.next_cursor)


async def _shown(tx: Tx, reviews: Sequence[Review]) -> list[ReviewView]:
    ids = {"ids": [each.id for each in reviews]}
    asked = await tx.all(ASKED, ids)
    said = await tx.all(SAID, ids)
    plain = ReviewView.model_fields.keys() - {"reviewers", "verdicts"}
    return [
        ReviewView.model_validate(
            {name: getattr(each, name) for name in plain}
            | {"reviewers": [row.member_id for row in asked if row.review_id == each.id]}
            | {"verdicts": [row for row in said if row.review_id == each.id]}
        )
        for each in reviews
    ]


OF_ARTICLE = constant(
    select(Review).where(scope(Review), col(Review.article_id) == sa.bindparam("article_id"))
)
ASKED = constant(
    select(Reviewer)
    .where(scope(Reviewer), col(Reviewer.review_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Reviewer.member_id))
)
SAID = constant(
    select(ReviewVerdict)
    .where(scope(ReviewVerdict), col(ReviewVerdict.review_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(ReviewVerdict.created_at), col(ReviewVerdict.id))
)


@router.get("/v1/communities/{community_id}/articles/{article_id}/reviews", allows="article.read")
async def get_reviews(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    article_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ReviewView]:
    return await read(reviews, article_id, limit, cursor)

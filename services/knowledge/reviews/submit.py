"""Ask for reviews: POST /articles/{id}/submit, /withdraw -> ArticleSubmitted, ArticleReviewWithdrawn."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.knowledge.articles.access import acting_member, require_editing
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, Article
from services.knowledge.articles.revise import mirrored, require_draft_verb
from services.knowledge.articles.rules import DraftState, DraftVerb
from services.knowledge.collections.models import THE_COLLECTION
from services.knowledge.reviews.close import close_review, open_review
from services.knowledge.reviews.models import Review, Reviewer
from services.knowledge.reviews.rules import APPROVALS_ELSEWHERE, REVIEWERS, ReviewState
from shared.contracts.knowledge import ArticleApproved, ArticleReviewWithdrawn, ArticleSubmitted
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import NotFound
from shared.route import Command, Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles/{article_id}"


class Submit(Command):
    """Members who may review it though they are neither editors nor curators."""

    reviewers: Annotated[list[UUID], Field(max_length=REVIEWERS)] = Field(default_factory=list)


async def submit(
    tx: Tx, actor: Actor, community_id: UUID, article_id: UUID, command: Submit | None
) -> ArticleView:
    """Put the draft up for review; where nobody has to approve it, it is approved at once."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_editing(tx, actor, article)
    require_draft_verb(article, DraftVerb.SUBMIT)
    review = await _opened(tx, actor, article, list(dict.fromkeys(command.reviewers if command else ())))
    approved = review.state is ReviewState.APPROVED
    draft_state = DraftState.APPROVED if approved else DraftState.IN_REVIEW
    after = await tx.lock(Article, article_id, facts=1 + approved, **mirrored(article, draft_state))
    of: dict[str, Any] = {"community_id": community_id, "article_id": article_id}
    of |= {"review_id": review.id, "revision": review.revision}
    tx.publish(ArticleSubmitted(**of))
    if approved:
        tx.publish(ArticleApproved(**of))
    return await shown_one(tx, actor, after)


async def _opened(tx: Tx, actor: Actor, article: Article, reviewers: list[UUID]) -> Review:
    """A review of the draft, by as many as its collection asks for at this moment."""
    submitted_by = acting_member(actor)
    await refuse_erased(tx, submitted_by, *reviewers)
    needed = APPROVALS_ELSEWHERE
    if article.collection_id is not None:
        collection = await tx.one(THE_COLLECTION, {"collection_id": article.collection_id})
        needed = collection.approvals
    if article.draft_revision is None:
        raise NotFound
    review = Review(
        id=uuid7(),
        community_id=article.community_id,
        article_id=article.id,
        revision=article.draft_revision,
        needed=needed,
        state=ReviewState.OPEN if needed else ReviewState.APPROVED,
        submitted_by=submitted_by,
        created_at=tx.now,
        closed_at=None if needed else tx.now,
    )
    await tx.insert(review)
    of = {"review_id": review.id, "community_id": article.community_id}
    await tx.insert([Reviewer(**of, member_id=member_id) for member_id in reviewers])
    return review


async def withdraw(tx: Tx, actor: Actor, community_id: UUID, article_id: UUID) -> ArticleView:
    """Take the draft back."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_editing(tx, actor, article)
    require_draft_verb(article, DraftVerb.WITHDRAW)
    review = await open_review(tx, article_id)
    if review is None:
        raise NotFound
    after = await tx.lock(Article, article_id, **mirrored(article, DraftState.DRAFT))
    await close_review(tx, review, ReviewState.WITHDRAWN)
    tx.publish(ArticleReviewWithdrawn(community_id=community_id, article_id=article_id, review_id=review.id))
    return await shown_one(tx, actor, after)


@router.post(f"{_PATH}/submit", allows="article.write")
async def post_article_submit(
    community_id: UUID, article_id: UUID, write: Write, command: Submit | None = None
) -> ArticleView:
    return await write(submit, community_id, article_id, command)


@router.post(f"{_PATH}/withdraw", allows="article.write")
async def post_article_withdraw(community_id: UUID, article_id: UUID, write: Write) -> ArticleView:
    return await write(withdraw, community_id, article_id)

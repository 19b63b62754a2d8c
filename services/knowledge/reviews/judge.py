"""Review: POST /articles/{id}/approve, /request-changes -> others, once each -> ArticleReviewed and more."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.knowledge.articles.access import acting_member, manages, require_visible
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, Article, Revision
from services.knowledge.articles.revise import mirrored, require_draft_verb
from services.knowledge.articles.rules import DraftState, DraftVerb
from services.knowledge.reviews.close import newest_review
from services.knowledge.reviews.models import Review, Reviewer, ReviewVerdict
from services.knowledge.reviews.rules import ReviewState, Verdict
from shared.contracts.knowledge import ArticleApproved, ArticleChangesRequested, ArticleReviewed
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, NotFound
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles/{article_id}"
Comment = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


class Approve(Command):
    """What the reviewer has to say."""

    comment: Comment | None = None


class RequestChanges(Command):
    """What has to change."""

    comment: Comment


class ReviewByAuthor(Forbidden):
    """Who wrote any of what would be released, or submitted it, is no reviewer of it."""

    title = "Authors do not review their own work"


class AlreadyReviewed(Conflict):
    title = "Already reviewed"


async def approve(
    tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, command: Approve | None
) -> ArticleView:
    """Approve the draft; once as many have as it takes, it can be published."""
    article, review = await _judged(tx, actor, article_id, DraftVerb.APPROVE)
    approved = review.approved + 1
    enough = approved >= review.needed
    changes = mirrored(article, DraftState.APPROVED) if enough else {}
    after = await tx.lock(Article, article_id, facts=1 + enough, **changes)
    of = await _verdict(tx, actor, article, review, Verdict.APPROVE, command.comment if command else None)
    ended: dict[str, Any] = {"state": ReviewState.APPROVED, "closed_at": tx.now} if enough else {}
    await tx.update(Review, review.id, approved=approved, **ended)
    if enough:
        tx.publish(ArticleApproved(**of, revision=review.revision))
    tx.audit("article.approve", article_id)
    return await shown_one(tx, actor, after)


async def request_changes(
    tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID, command: RequestChanges
) -> ArticleView:
    """Send the draft back, also one that was approved and is not published yet."""
    article, review = await _judged(tx, actor, article_id, DraftVerb.REQUEST_CHANGES)
    after = await tx.lock(Article, article_id, facts=2, **mirrored(article, DraftState.CHANGES_REQUESTED))
    of = await _verdict(tx, actor, article, review, Verdict.REQUEST_CHANGES, command.comment)
    await tx.update(Review, review.id, state=ReviewState.CHANGES_REQUESTED, closed_at=tx.now)
    tx.publish(ArticleChangesRequested(**of))
    tx.audit("article.request-changes", article_id)
    return await shown_one(tx, actor, after)


async def _judged(tx: Tx, actor: Actor, article_id: UUID, verb: DraftVerb) -> tuple[Article, Review]:
    """The article, held, and the review of its draft, for somebody who may say something to it."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    review = await newest_review(tx, article)
    member_id = acting_member(actor)
    await refuse_erased(tx, member_id)
    if not await manages(tx, actor, article) and not await _is_asked(tx, review, member_id):
        await require_visible(tx, actor, article)
        raise Forbidden
    require_draft_verb(article, verb)
    if review is None:
        raise NotFound
    if member_id is not None:
        given = {"article_id": article_id, "after": article.released_revision or 0, "me": member_id}
        if member_id == review.submitted_by or await tx.first(WROTE, given) is not None:
            raise ReviewByAuthor
    return article, review


async def _is_asked(tx: Tx, review: Review | None, member_id: UUID | None) -> bool:
    if review is None or member_id is None:
        return False
    return await tx.first(ASKED, {"review_id": review.id, "me": member_id}) is not None


async def _verdict(
    tx: Tx, actor: Actor, article: Article, review: Review, verdict: Verdict, comment: str | None
) -> dict[str, Any]:
    """Keep and tell what was said; what the facts about the review have in common."""
    member_id = acting_member(actor)
    said = ReviewVerdict(
        community_id=article.community_id,
        review_id=review.id,
        member_id=member_id,
        given_by=str(member_id or actor.id)[:80],
        verdict=verdict,
        comment=comment,
        created_at=tx.now,
    )
    await tx.insert(said, conflicts={"once": AlreadyReviewed})
    of: dict[str, Any] = {"community_id": article.community_id, "article_id": article.id}
    of["review_id"] = review.id
    tx.publish(ArticleReviewed(**of, reviewer_id=member_id, verdict=verdict.value))
    return of


WROTE = constant(
    select(Revision)
    .where(
        scope(Revision),
        col(Revision.article_id) == sa.bindparam("article_id"),
        col(Revision.number) > sa.bindparam("after"),
        col(Revision.author_id) == sa.bindparam("me"),
    )
    .limit(1)
)
ASKED = constant(
    select(Reviewer).where(
        scope(Reviewer),
        col(Reviewer.review_id) == sa.bindparam("review_id"),
        col(Reviewer.member_id) == sa.bindparam("me"),
    )
)


@router.post(f"{_PATH}/approve", allows="article.review")
async def post_article_approve(
    community_id: UUID, article_id: UUID, write: Write, command: Approve | None = None
) -> ArticleView:
    return await write(approve, community_id, article_id, command)


@router.post(f"{_PATH}/request-changes", allows="article.review")
async def post_article_request_changes(
    community_id: UUID, article_id: UUID, command: RequestChanges, write: Write
) -> ArticleView:
    return await write(request_changes, community_id, article_id, command)

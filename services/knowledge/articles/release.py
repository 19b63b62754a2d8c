"""Publish: POST /articles/{id}/publish -> an approved draft -> what members read, and ArticlePublished."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.knowledge.articles.access import require_managing
from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, THE_REVISION, Article
from services.knowledge.articles.revise import require_draft_verb
from services.knowledge.articles.rules import ArticleState, DraftVerb
from services.knowledge.reviews.close import close_review, open_review
from services.knowledge.reviews.rules import ReviewState
from shared.contracts.knowledge import ArticlePublished, ArticleReviewWithdrawn
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["articles"])


async def release(tx: Tx, article: Article) -> Article:
    """Let the draft be read, of an article the caller holds; as it is now. An open review is withdrawn.

    The index is written, so that nothing but `tx.audit` may follow.
    """
    review = await open_review(tx, article.id)
    given = {"article_id": article.id, "number": article.draft_revision}
    revision = await tx.one(THE_REVISION, given)
    until = tx.now + timedelta(days=article.verify_every_days)
    after = await tx.lock(
        Article,
        article.id,
        facts=1 if review is None else 2,
        state=ArticleState.PUBLISHED,
        title=revision.title,
        tags=revision.tags,
        language=revision.language,
        released_revision=revision.number,
        draft_revision=None,
        draft_state=None,
        published_at=tx.now,
        verified_until=until,
        clock_at=until,
        replacement_id=None,
    )
    of: dict[str, Any] = {"community_id": article.community_id, "article_id": article.id}
    if review is not None:
        await close_review(tx, review, ReviewState.WITHDRAWN)
        tx.publish(ArticleReviewWithdrawn(**of, review_id=review.id))
    tx.publish(
        ArticlePublished(
            **of,
            author_id=revision.author_id,
            revision=revision.number,
            first=article.released_revision is None,
            title=revision.title,
            kind=article.kind.value,
            verified_until=until,
        )
    )
    await keep_findable(tx, after)
    return after


async def publish(tx: Tx, actor: Actor, _community_id: UUID, article_id: UUID) -> ArticleView:
    """Let the approved draft be read."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_managing(tx, actor, article)
    require_draft_verb(article, DraftVerb.PUBLISH)
    tx.audit("article.publish", article_id)
    return await shown_one(tx, actor, await release(tx, article))


@router.post("/v1/communities/{community_id}/articles/{article_id}/publish", allows="article.publish")
async def post_article_publish(community_id: UUID, article_id: UUID, write: Write) -> ArticleView:
    return await write(publish, community_id, article_id)

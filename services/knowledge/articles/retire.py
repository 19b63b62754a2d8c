"""Put articles away: POST /articles/{id}/deprecate, /archive -> ArticleDeprecated, ArticleArchived."""

from typing import Any
from uuid import UUID

from services.knowledge.articles.access import require_editing, require_managing, visible_article
from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE
from services.knowledge.articles.rules import ArticleVerb, DraftState
from services.knowledge.articles.steps import take
from services.knowledge.articles.successors import hold_with, require_replacement
from services.knowledge.reviews.close import close_review, open_review
from services.knowledge.reviews.rules import ReviewState
from shared.contracts.knowledge import ArticleArchived, ArticleDeprecated, ArticleReviewWithdrawn
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["articles"])

_PATH = "/v1/communities/{community_id}/articles/{article_id}"


class Deprecate(Command):
    """What to follow instead."""

    replacement_id: UUID | None = None


async def deprecate(
    tx: Tx, actor: Actor, community_id: UUID, article_id: UUID, command: Deprecate | None
) -> ArticleView:
    """Say that it should no longer be followed; it can still be read."""
    await visible_article(tx, actor, article_id)
    replacement_id = command.replacement_id if command else None
    article, held = await hold_with(tx, article_id, replacement_id)
    await require_managing(tx, actor, article)
    after = await take(tx, article, ArticleVerb.DEPRECATE, clock_at=None, replacement_id=replacement_id)
    if replacement_id is not None:
        await require_replacement(tx, actor, article_id, replacement_id, held)
    given: dict[str, Any] = {"community_id": community_id, "article_id": article_id}
    tx.publish(ArticleDeprecated(**given, replacement_id=replacement_id))
    tx.audit("article.deprecate", article_id)
    view = await shown_one(tx, actor, after)
    await keep_findable(tx, after)
    return view


async def archive(tx: Tx, actor: Actor, community_id: UUID, article_id: UUID) -> ArticleView:
    """Put it away for good; of a draft nothing was released of its owner may, too."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    may = require_editing if article.released_revision is None else require_managing
    await may(tx, actor, article)
    review = await open_review(tx, article_id)
    draft_state = article.draft_state if review is None else DraftState.DRAFT
    facts = 1 if review is None else 2
    after = await take(tx, article, ArticleVerb.ARCHIVE, facts=facts, clock_at=None, draft_state=draft_state)
    given: dict[str, Any] = {"community_id": community_id, "article_id": article_id}
    if review is not None:
        await close_review(tx, review, ReviewState.WITHDRAWN)
        tx.publish(ArticleReviewWithdrawn(**given, review_id=review.id))
    tx.publish(ArticleArchived(**given))
    tx.audit("article.archive", article_id)
    view = await shown_one(tx, actor, after)
    await keep_findable(tx, after)
    return view


@router.post(f"{_PATH}/deprecate", allows="article.publish")
async def post_article_deprecate(
    community_id: UUID, article_id: UUID, write: Write, command: Deprecate | None = None
) -> ArticleView:
    return await write(deprecate, community_id, article_id, command)


@router.post(f"{_PATH}/archive", allows="article.write")
async def post_article_archive(community_id: UUID, article_id: UUID, write: Write) -> ArticleView:
    return await write(archive, community_id, article_id)

"""Heed moderation: ContentHidden, ContentRemoved -> out of sight; ContentRestored -> as before."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.rules import ArticleState
from services.knowledge.models import HOLD_ARTICLE, HOLD_RESOURCE, Article, Hidden, Resource
from services.knowledge.questions.hide import hide_answer, hide_question, show_answer, show_question
from services.knowledge.resources.entries import entry_of
from services.knowledge.resources.rules import ResourceState
from services.knowledge.search import index
from shared.consumers import Consumers
from shared.contracts.announced import ContentHidden, ContentRemoved, ContentRestored
from shared.contracts.knowledge import ArticleHidden, ArticleRestored, ResourceChanged, ResourceRetired
from shared.newest import keep_newest
from shared.store import Tx

consumers = Consumers()

Do = Callable[[Tx, UUID], Awaitable[None]]
RUN_OUT = frozenset({ArticleState.PUBLISHED, ArticleState.VERIFIED})
"""In these states an article becomes stale by itself."""


@consumers.on(ContentHidden, ContentRestored, ContentRemoved)  # type: ignore[arg-type]  # one of these three
async def heed(tx: Tx, fact: ContentHidden | ContentRestored | ContentRemoved) -> None:
    """Keep what was last said of it, and have it seen or not."""
    if fact.kind not in DO:
        return
    hidden = not isinstance(fact, ContentRestored)
    newer = {"hidden": hidden}
    row = {"content_id": fact.content_id, "community_id": fact.community_id}
    if await keep_newest(tx, Hidden, fact, ["content_id"], row, newer):
        hide, show = DO[fact.kind]
        await (hide if hidden else show)(tx, fact.content_id)


async def hide_article(tx: Tx, article_id: UUID) -> None:
    """Out of sight, and its clock stands still; its draft waits as it is."""
    article = await tx.first(HOLD_ARTICLE, {"article_id": article_id})
    if article is None or article.state is ArticleState.HIDDEN:
        return
    away = {"state": ArticleState.HIDDEN, "hidden_from": article.state}
    after = await tx.lock(Article, article_id, clock_at=None, **away)  # type: ignore[arg-type]  # columns
    tx.publish(ArticleHidden(community_id=article.community_id, article_id=article_id))
    await keep_findable(tx, after)


async def show_article(tx: Tx, article_id: UUID) -> None:
    """As it was; what ran out meanwhile becomes stale at once."""
    article = await tx.first(HOLD_ARTICLE, {"article_id": article_id})
    if article is None or article.hidden_from is None:
        return
    state = article.hidden_from
    clock_at = article.verified_until if state in RUN_OUT else None
    after = await tx.lock(Article, article_id, state=state, hidden_from=None, clock_at=clock_at)
    tx.publish(ArticleRestored(community_id=article.community_id, article_id=article_id))
    await keep_findable(tx, after)


async def hide_resource(tx: Tx, resource_id: UUID) -> None:
    """Retired, and unlike others that were, unseen."""
    resource = await tx.first(HOLD_RESOURCE, {"resource_id": resource_id})
    if resource is None or resource.hidden_from is not None:
        return
    away = {"state": ResourceState.RETIRED, "hidden_from": resource.state}
    await tx.lock(Resource, resource_id, look_at=None, **away)  # type: ignore[arg-type]  # columns
    tx.publish(ResourceRetired(community_id=resource.community_id, resource_id=resource_id))
    await index.take_out(tx, [resource_id])


async def show_resource(tx: Tx, resource_id: UUID) -> None:
    """As it was, and looked at soon."""
    resource = await tx.first(HOLD_RESOURCE, {"resource_id": resource_id})
    if resource is None or resource.hidden_from is None:
        return
    state = resource.hidden_from
    retired = state is ResourceState.RETIRED
    look_at = None if retired else tx.now
    after = await tx.lock(Resource, resource_id, state=state, hidden_from=None, look_at=look_at)
    tx.publish(ResourceChanged(community_id=resource.community_id, resource_id=resource_id))
    if not retired:
        await index.put(tx, entry_of(after))


DO: dict[str, tuple[Do, Do]] = {
    "article": (hide_article, show_article),
    "question": (hide_question, show_question),
    "answer": (hide_answer, show_answer),
    "resource": (hide_resource, show_resource),
}

"""What time does to articles: the clock -> a verification that ran out -> ArticleBecameStale, once."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.models import Article
from services.knowledge.articles.rules import ArticleState, ArticleVerb
from services.knowledge.articles.steps import take
from shared.contracts.knowledge import ArticleBecameStale
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

jobs = Jobs()

AT_ONCE = 20

_NOW = sa.bindparam("now", type_=Article.__table__.c.clock_at.type)  # type: ignore[attr-defined]
_DUE = (
    col(Article.clock_at).is_not(None),
    col(Article.clock_at) <= _NOW,
    col(Article.state).in_(sorted((ArticleState.PUBLISHED, ArticleState.VERIFIED))),
)
NEXT_DUE = constant(
    across(
        select(Article).where(*_DUE).order_by(col(Article.clock_at)).limit(1),
        why="articles of every community whose verification ran out",
    )
)
DUE = constant(
    select(Article)
    .where(scope(Article), *_DUE)
    .order_by(col(Article.id))
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True, key_share=True)
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one."""


@jobs.every(seconds=1.0)
async def age(store: Store) -> None:
    """Let every article whose verification ran out become stale; idle it looks into an index."""
    while await store.read(_next_due, Context()) is not None:
        if not await store.write(take_some, Context(actor=service_actor("knowledge"))):
            return
        crashpoint("after_articles_aged")


async def _next_due(tx: Tx) -> Any:
    return await tx.first(NEXT_DUE, {"now": tx.now})


async def take_some(tx: Tx) -> int:
    """Some articles of one community; how many."""
    due = await _next_due(tx)
    if due is None:
        return 0
    tx.within(due.community_id)
    held = await tx.all(DUE, {"now": tx.now})
    aged = []
    for article in held:
        aged.append(await take(tx, article, ArticleVerb.MARK_STALE, clock_at=None))
        tx.publish(ArticleBecameStale(community_id=article.community_id, article_id=article.id))
    for article in aged:
        await keep_findable(tx, article)
    crashpoint("mid_articles_aged")
    return len(aged)

"""What time does to articles: the clock -> a verification that ran out -> ArticleBecameStale, once."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.entry import keep_findable
from services.knowledge.articles.models import Article
from services.knowledge.articles.rules import ArticleState, ArticleVerb
from services.knowledge.articles.steps import take
from services.knowledge.due import tried
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
    col(Article.id).not_in(sa.bindparam("but", expanding=True)),
)
_OLDEST_FIRST = (col(Article.clock_at), col(Article.id))
NEXT_DUE = constant(
    across(
        select(Article).where(*_DUE).order_by(*_OLDEST_FIRST).limit(1),
        why="articles of every community whose verification ran out",
    )
)
DUE = constant(
    select(Article)
    .where(scope(Article), *_DUE)
    .order_by(*_OLDEST_FIRST)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True, key_share=True)
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one.
Nothing but the index is waited for meanwhile."""


@jobs.every(seconds=1.0)
async def age(store: Store) -> None:
    """Let every article whose verification ran out become stale; idle it looks into an index. When some
    cannot together, one after the other, but those that cannot at all."""
    but, most = [UUID(int=0)], AT_ONCE
    while (due := await store.read(partial(_next_due, but=but), Context())) is not None:
        some = store.write(partial(take_some, but=but, most=most), Context(actor=service_actor("knowledge")))
        taken = await tried(some, due.id)
        if taken == 0:
            return
        if taken is None and most == 1:
            but.append(due.id)
        elif taken is None:
            most = 1
        crashpoint("after_articles_aged")


async def _next_due(tx: Tx, but: Sequence[UUID]) -> Any:
    return await tx.first(NEXT_DUE, {"now": tx.now, "but": but})


async def take_some(tx: Tx, but: Sequence[UUID], most: int) -> int:
    """Some articles of one community, none of `but`; how many."""
    due = await _next_due(tx, but)
    if due is None:
        return 0
    tx.within(due.community_id)
    held = await tx.all(DUE, {"now": tx.now, "but": but, "most": most})
    aged = []
    for article in held:
        aged.append(await take(tx, article, ArticleVerb.MARK_STALE, clock_at=None))
        tx.publish(ArticleBecameStale(community_id=article.community_id, article_id=article.id))
    for article in aged:
        await keep_findable(tx, article)
    crashpoint("mid_articles_aged")
    return len(aged)

"""Count who looks at articles: noted beside answers -> the articles' counters, ArticleViewedBatch.

What was seen in the last two seconds before a process ends is not counted.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.articles.models import Article
from shared.batches import Batch
from shared.contracts.knowledge import ITEMS_LIMIT, ArticleView, ArticleViewedBatch
from shared.identity import service_actor
from shared.ids import uuid7
from shared.store import Context, Store, Tx, constant, scope

SECONDS = 2.0

Look = tuple[UUID, ArticleView]
"""Somebody looked at an article of the community."""


def saw(store: Store, community_id: UUID, article_id: UUID, member_id: UUID | None, at: datetime) -> None:
    """Have it counted a moment later that somebody looked at an article."""
    look = ArticleView(view_id=uuid7(), article_id=article_id, member_id=member_id, at=at)
    _SEEN.note(store, (community_id, look))


async def _write(store: Store, seen: list[Look]) -> None:
    by_community: defaultdict[UUID, list[ArticleView]] = defaultdict(list)
    for community_id, look in seen:
        by_community[community_id].append(look)
    for community_id, looks in by_community.items():
        context = Context(actor=service_actor("knowledge"), community_id=community_id)
        for start in range(0, len(looks), ITEMS_LIMIT):
            some = looks[start : start + ITEMS_LIMIT]
            await store.write(partial(count, community_id=community_id, looks=some), context)


async def count(tx: Tx, community_id: UUID, looks: Sequence[ArticleView]) -> None:
    """Add the looks to their articles, in the order of their ids, and tell them."""
    for article_id, number in sorted(Counter(look.article_id for look in looks).items()):
        await tx.execute(ADD, {"article_id": article_id, "number": number})
    tx.publish(ArticleViewedBatch(community_id=community_id, batch_id=uuid7(), views=list(looks)))


_SEEN: Batch[Look] = Batch("article_views", _write, seconds=SECONDS)
ADD = constant(
    sa.update(Article)
    .where(scope(Article), col(Article.id) == sa.bindparam("article_id"))
    .values(views=col(Article.views) + sa.bindparam("number", type_=sa.BigInteger()))
)

"""What has to be looked at again: GET /articles/stale -> stale ones and those about to be, oldest first."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, or_, select

from services.knowledge.articles.find import ArticleView, shown
from services.knowledge.articles.models import Article
from services.knowledge.articles.rules import LIVING, ArticleState
from services.knowledge.articles.seen import seen_by
from services.knowledge.people.readers import reader_of
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router
from shared.store import Tx, scope

router = Router(tags=["articles"])

Within = Annotated[int, Query(ge=0, le=3650)]


async def stale(
    tx: Tx,
    actor: Actor,
    _community_id: UUID,
    within_days: int,
    only: dict[str, UUID],
    limit: int,
    cursor: str | None,
) -> Page[ArticleView]:
    """By the moment their verification ends; up to the end of a day (UTC), so that cursors hold all day."""
    seen, given = seen_by(actor, await reader_of(tx, actor))
    midnight = datetime.combine(tx.now.date(), time.min, UTC)
    ends: Any = col(Article.verified_until) < midnight + timedelta(days=within_days + 1)
    statement = select(Article).where(
        scope(Article),
        seen,
        or_(
            col(Article.state) == ArticleState.STALE,
            sa.and_(col(Article.state).in_(sorted(LIVING - {ArticleState.STALE})), ends),
        ),
        *(col(getattr(Article, name)) == value for name, value in only.items()),
    )
    by = (Article.verified_until, Article.id)
    page = await tx.page(statement, given, by=by, limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


@router.get("/v1/communities/{community_id}/articles/stale", allows="article.read")
async def get_stale_articles(
    community_id: UUID,
    read: Read,
    within_days: Within = 0,
    owner: UUID | None = None,
    collection: UUID | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ArticleView]:
    given = {"owner_id": owner, "collection_id": collection}
    only = {name: value for name, value in given.items() if value is not None}
    return await read(stale, community_id, within_days, only, limit, cursor)

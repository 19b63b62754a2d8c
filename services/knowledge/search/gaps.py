"""Show what is missing: searches that found nothing -> at least five people -> a gap -> GET /search/gaps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, select

from services.knowledge.search.models import SearchGap, SearchLog
from shared.contracts.knowledge import SearchGapDetected
from shared.identity import Actor
from shared.ids import uuid7
from shared.paging import Cursor, Limit, Page
from shared.route import Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["search"])

LEAST_SEARCHERS = 5
"""So many must have missed it before it is shown: one person's searches are nobody's business."""


class SearchGapView(View):
    """What was searched for in vain, by how many, since when and last; `solved_at` when it was found."""

    id: UUID
    query: str
    searchers: int
    detected_at: datetime
    last_at: datetime
    solved_at: datetime | None


async def look(tx: Tx, performed: Sequence[SearchLog]) -> None:
    """See whether these searches make a gap known, larger, or solved."""
    missed = sorted({each.query for each in performed if each.hits == 0})
    for query in missed:
        row = await tx.one(MISSED_BY, {"query": query})
        if row.searchers >= LEAST_SEARCHERS:
            await _note(tx, performed[0].community_id, query, row.searchers)
    for query in sorted({each.query for each in performed if each.hits > 0}):
        await tx.execute(SOLVE, {"query": query, "now": tx.now})


async def _note(tx: Tx, community_id: UUID, query: str, searchers: int) -> None:
    changed = await tx.execute(GROW, {"query": query, "count": searchers, "now": tx.now})
    if changed:
        return
    gap_id = uuid7()
    gap = {
        "id": gap_id,
        "community_id": community_id,
        "query": query,
        "searchers": searchers,
        "detected_at": tx.now,
        "last_at": tx.now,
        "solved_at": None,
        "version": 1,
    }
    put = tx.upsert(SearchGap).on_conflict_do_nothing(index_elements=["community_id", "query"])
    if await tx.execute(put, gap):
        told = SearchGapDetected(community_id=community_id, gap_id=gap_id, searchers=searchers)
        tx.publish(told)


async def list_gaps(
    tx: Tx, actor: Actor, community_id: UUID, solved: bool, limit: int, cursor: str | None
) -> Page[SearchGap]:
    """What is missing, or was, the newest first."""
    del actor, community_id
    by = (col(SearchGap.detected_at), col(SearchGap.id))
    return await tx.page(SOLVED if solved else MISSING, by=by, limit=limit, cursor=cursor, descending=True)


@router.get("/v1/communities/{community_id}/search/gaps", allows="search.gaps")
async def get_search_gaps(
    community_id: UUID,
    read: Read,
    solved: Annotated[bool, Query(description="those that were found at last")] = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SearchGapView]:
    return await read(list_gaps, community_id, solved, limit, cursor)


_AT: Any = SearchGap.__table__.c.last_at.type  # type: ignore[attr-defined]
_NOW = sa.bindparam("now", type_=_AT)
MISSED_BY = constant(
    sa.select(sa.func.count(sa.distinct(col(SearchLog.searcher))).label("searchers")).where(
        scope(SearchLog), col(SearchLog.query) == sa.bindparam("query"), col(SearchLog.hits) == 0
    )
)
_GAP = (scope(SearchGap), col(SearchGap.query) == sa.bindparam("query"))
GROW = constant(
    sa.update(SearchGap).where(*_GAP).values(searchers=sa.bindparam("count"), last_at=_NOW, solved_at=None)
)
SOLVE = constant(sa.update(SearchGap).where(*_GAP, col(SearchGap.solved_at).is_(None)).values(solved_at=_NOW))
MISSING = constant(select(SearchGap).where(scope(SearchGap), col(SearchGap.solved_at).is_(None)))
SOLVED = constant(select(SearchGap).where(scope(SearchGap), col(SearchGap.solved_at).is_not(None)))

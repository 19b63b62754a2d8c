"""Remember searches: noted beside answers -> SearchLog, SearchPerformedBatch -> what many missed is a gap.

The words stay here; what leaves says when, how much was found and whether something was opened.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.search import gaps
from services.knowledge.search.analysis import fold
from services.knowledge.search.models import SearchLog
from services.knowledge.search.views import SearchView
from shared.batches import Batch
from shared.clock import now
from shared.contracts.knowledge import ITEMS_LIMIT, PerformedSearch, SearchPerformedBatch
from shared.identity import Actor, service_actor
from shared.ids import uuid7
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant
from shared.tombstones import erased_among

jobs = Jobs()

KEPT = timedelta(days=90)
AT_ONCE = 500
QUERY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Performed:
    """A search that was answered."""

    id: UUID
    community_id: UUID
    query: str
    hits: int
    searcher: str
    member_id: UUID | None
    at: datetime


def note(store: Store, actor: Actor, community_id: UUID, q: str, found: SearchView) -> None:
    """Have the search remembered a moment later."""
    who = searcher(store.secret, community_id, actor.kind, actor.id)
    query = normalised(q)
    _PERFORMED.note(
        store, Performed(found.search_id, community_id, query, found.hits, who, actor.member_id, now())
    )


def normalised(q: str) -> str:
    """A query as others would have typed it: folded, single spaces."""
    return " ".join(fold(q).split())[:QUERY_LENGTH]


def searcher(secret: bytes, community_id: UUID, kind: str, id: str) -> str:
    """Who searches, as the log knows them: a keyed BLAKE2b of who they are in this community."""
    return blake2b(f"{community_id}:{kind}:{id}".encode(), key=secret[:64], digest_size=16).hexdigest()


async def written(store: Store) -> None:
    """Return when every search answered here is in the log."""
    await _PERFORMED.written(store)


async def _write(store: Store, performed: list[Performed]) -> None:
    by_community: defaultdict[UUID, list[Performed]] = defaultdict(list)
    for each in performed:
        by_community[each.community_id].append(each)
    for community_id, searches in by_community.items():
        context = Context(actor=service_actor("knowledge"), community_id=community_id)
        for start in range(0, len(searches), ITEMS_LIMIT):
            await store.write(partial(remember, searches=searches[start : start + ITEMS_LIMIT]), context)


async def remember(tx: Tx, searches: Sequence[Performed]) -> None:
    """Keep the searches of one community and tell of them; what was missed by many is a gap.

    What somebody searched for who was erased meanwhile is not kept.
    """
    gone = await erased_among(tx, [each.member_id for each in searches if each.member_id is not None])
    searches = [each for each in searches if each.member_id not in gone]
    if not searches:
        return
    rows = [
        SearchLog(
            id=each.id,
            community_id=each.community_id,
            query=each.query,
            hits=each.hits,
            searcher=each.searcher,
            at=each.at,
        )
        for each in searches
    ]
    await tx.insert(rows)
    told = [PerformedSearch(search_id=row.id, at=row.at, hits=row.hits, clicked=False) for row in rows]
    tx.publish(batch_of(rows[0].community_id, told))
    await gaps.look(tx, rows)


def batch_of(community_id: UUID, searches: list[PerformedSearch]) -> SearchPerformedBatch:
    return SearchPerformedBatch(community_id=community_id, batch_id=uuid7(), searches=searches)


@jobs.every(seconds=3600.0)
async def forget_old(store: Store) -> None:
    """Forget what was searched for 90 days ago, some in each write."""
    while await store.write(forget_some, Context(actor=service_actor("knowledge"))) == AT_ONCE:
        continue


async def forget_some(tx: Tx) -> int:
    return await tx.execute(FORGET, {"before": tx.now - KEPT})


_PERFORMED: Batch[Performed] = Batch("searches", _write)
_AT: Any = SearchLog.__table__.c.at.type  # type: ignore[attr-defined]
_OLD = across(
    sa.select(col(SearchLog.id)).where(col(SearchLog.at) < sa.bindparam("before", type_=_AT)).limit(AT_ONCE),
    why="every community's log is kept as long",
)
FORGET = constant(
    across(
        sa.delete(SearchLog).where(col(SearchLog.id).in_(_OLD)), why="every community's log is kept as long"
    )
)

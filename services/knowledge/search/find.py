"""Search: GET /search -> ranked among what the caller may read -> a page of hits, noted for the log."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.knowledge.collections.shelves import as_searcher
from services.knowledge.people.readers import reader_of
from services.knowledge.search import log, ranking
from services.knowledge.search.filters import Filters
from services.knowledge.search.hits import facets_of, in_language, views_of
from services.knowledge.search.index import AUDIENCES, SIZE
from services.knowledge.search.models import IndexSize
from services.knowledge.search.query import QUERY_LENGTH, understood
from services.knowledge.search.rules import Found
from services.knowledge.search.views import SearchView
from shared.identity import Actor
from shared.ids import uuid7
from shared.paging import Cursor, Limit, read_position, write_position
from shared.route import Acting, Read, Router, Stored
from shared.store import Tx

router = Router(tags=["search"])

LANGUAGES = 4
"""Languages a query is read in: those most documents are in."""
Text = Annotated[
    str, Query(min_length=1, max_length=QUERY_LENGTH, description='words, "phrases", begin*, -without')
]
Kinds = Annotated[list[Found], Query(max_length=8)]
TagIs = Annotated[str | None, Query(min_length=1, max_length=40)]
LanguageIs = Annotated[str | None, Query(max_length=35, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


async def search(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    q: str,
    filters: Filters,
    with_facets: bool,
    limit: int,
    cursor: str | None,
) -> SearchView:
    """The page after `cursor` of the best documents for `q`.

    The list is ranked anew for each page; a cursor holds how many of it came before.
    """
    bound_to = f"{actor.kind}:{actor.id}|{community_id}|{q}|{filters}"
    start = int(read_position(tx.secret, cursor, bound_to)[0]) if cursor else 0
    size = await tx.first(SIZE) or IndexSize(community_id=community_id)
    audiences = {each.number: each for each in await tx.all(AUDIENCES)}
    shown = filters.audiences(await as_searcher(tx, await reader_of(tx, actor)), audiences)
    found = await ranking.ranked(tx, size, understood(q, _languages(size)), shown, filters.tag)
    if filters.language is not None:
        found.hits = await in_language(tx, found.hits, filters.language)
    standings = {number: each.standing for number, each in audiences.items()}
    hits = await ranking.refined(tx, size, found, standings, start, start + limit)
    page = hits[start : start + limit]
    end = start + len(page)
    return SearchView(
        search_id=uuid7(),
        items=await views_of(tx, page, start, audiences, found.wording.known),
        next_cursor=write_position(tx.secret, bound_to, end) if end < len(hits) else None,
        hits=len(hits),
        more=found.more,
        corrected=found.wording.corrected,
        ignored=found.wording.ignored,
        facets=await facets_of(tx, hits, audiences) if with_facets else None,
    )


def _languages(size: IndexSize) -> list[str]:
    return sorted(size.languages, key=lambda each: (-size.languages[each], each))[:LANGUAGES]


@router.get("/v1/communities/{community_id}/search", allows="search.use", revalidates=False)
async def get_search(
    community_id: UUID,
    read: Read,
    store: Stored,
    actor: Acting,
    q: Text,
    kind: Kinds = [],  # noqa: B006 - never changed
    verified: bool | None = None,
    tag: TagIs = None,
    language: LanguageIs = None,
    facets: bool = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> SearchView:
    filters = Filters(tuple(sorted(set(kind))), verified, tag, language)
    found = await read(search, community_id, q, filters, facets, limit, cursor, long=True)
    if cursor is None:
        log.note(store, actor, community_id, q, found)
    return found

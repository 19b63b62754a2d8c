"""Hits as they are shown: what their documents say, marked where it was asked for, and counted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.search import highlights
from services.knowledge.search.analysis import Spotter
from services.knowledge.search.highlights import Marked
from services.knowledge.search.models import Audience, SearchDocument
from services.knowledge.search.padding import chunks, padded
from services.knowledge.search.postings import Hit
from services.knowledge.search.rules import Standing
from services.knowledge.search.views import FacetsView, HighlightView, HitView
from shared.store import Tx, constant, scope


async def views_of(
    tx: Tx, hits: Sequence[Hit], start: int, audiences: Mapping[int, Audience], asked: Collection[str]
) -> list[HitView]:
    """The hits of a page that begins at place `start`, counted from 0."""
    if not hits:
        return []
    rows = await tx.all(DOCUMENTS, {"numbers": padded([hit.document for hit in hits])})
    by_number = {row.number: row for row in rows}
    spotters = {row.language: Spotter(row.language, asked) for row in rows}
    return [
        _view(by_number[hit.document], hit, start + place, audiences[hit.audience], spotters)
        for place, hit in enumerate(hits, start=1)
    ]


def _view(document: Any, hit: Hit, rank: int, audience: Audience, spotters: Mapping[str, Spotter]) -> HitView:
    spotter = spotters[document.language]
    return HitView(
        rank=rank,
        kind=document.kind,
        id=document.id,
        parent_id=document.parent_id,
        title=document.title,
        slug=document.slug,
        tags=document.tags,
        language=document.language,
        verified=audience.standing is Standing.TRUSTED,
        outdated=audience.standing is Standing.OUTDATED,
        fresh_at=document.fresh_at,
        score=hit.score,
        title_highlight=_shown(highlights.marked(document.title, spotter)),
        highlight=_shown(highlights.piece(document.text, spotter)),
    )


def _shown(marked: Marked) -> HighlightView:
    """The piece with its marks, and as HTML."""
    said, at = [], 0
    for start, end in marked.marks:
        if start >= at:
            said += [escape(marked.text[at:start]), "<mark>", escape(marked.text[start:end]), "</mark>"]
            at = end
    said.append(escape(marked.text[at:]))
    return HighlightView(text=marked.text, marks=marked.marks, html="".join(said))


async def facets_of(tx: Tx, hits: Sequence[Hit], audiences: Mapping[int, Audience]) -> FacetsView:
    """How the hits are spread over kinds, tags and languages."""
    kinds = Counter(audiences[hit.audience].kind.value for hit in hits)
    verified = sum(audiences[hit.audience].standing is Standing.TRUSTED for hit in hits)
    tags: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for some in chunks([hit.document for hit in hits]):
        for row in await tx.all(SPREAD, {"numbers": some}):
            tags.update(row.tags)
            languages[row.language] += 1
    return FacetsView(
        kind=dict(kinds.most_common()),
        tag=dict(tags.most_common(50)),
        language=dict(languages.most_common()),
        verified=verified,
    )


async def in_language(tx: Tx, hits: Sequence[Hit], language: str) -> list[Hit]:
    """Those of the hits that are in this language."""
    known: set[int] = set()
    for some in chunks([hit.document for hit in hits]):
        known |= {r.number for r in await tx.all(SPREAD, {"numbers": some}) if r.language == language}
    return [hit for hit in hits if hit.document in known]


_NUMBERS: Any = sa.bindparam(
    "numbers",
    type_=SearchDocument.__table__.c.number.type,  # type: ignore[attr-defined]
    expanding=True,
)
_THESE = (scope(SearchDocument), col(SearchDocument.number).in_(_NUMBERS))
DOCUMENTS = constant(
    sa.select(
        *(
            col(each)
            for each in (
                SearchDocument.number,
                SearchDocument.id,
                SearchDocument.kind,
                SearchDocument.parent_id,
            )
        ),
        col(SearchDocument.title),
        col(SearchDocument.slug),
        col(SearchDocument.tags),
        col(SearchDocument.language),
        col(SearchDocument.fresh_at),
        sa.func.substr(col(SearchDocument.text), 1, highlights.LOOKED_AT).label("text"),
    ).where(*_THESE)
)
SPREAD = constant(
    sa.select(col(SearchDocument.number), col(SearchDocument.language), col(SearchDocument.tags)).where(
        *_THESE
    )
)

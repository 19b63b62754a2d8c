"""Rank: a query -> words the index knows -> the best by BM25F -> feedback and closeness in blocks -> Hits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.search import postings, rules, terms
from services.knowledge.search.described import tag_term
from services.knowledge.search.index import community_of
from services.knowledge.search.models import IndexSize, SearchDocument
from services.knowledge.search.padding import padded
from services.knowledge.search.postings import Asked, Hit, Part
from services.knowledge.search.query import Wanted
from services.knowledge.search.rules import Standing
from services.knowledge.search.wording import Wording, worded
from shared.store import Tx, constant, scope

BLOCK = 100
"""Documents looked at more closely together; nobody leaves their block."""
MOST = 1000
"""Documents one search leads to."""
COMMON = 20_000
"""What so many documents have is no condition of the query: its postings alone would take too long."""


@dataclass(slots=True)
class Ranking:
    """The documents in order, how the query was read, and whether there are more than these."""

    hits: list[Hit] = field(default_factory=list)
    wording: Wording = field(default_factory=Wording)
    more: bool = False
    shown: Sequence[int] | None = None


async def ranked(
    tx: Tx, size: IndexSize, wanted: Wanted, shown: Sequence[int] | None, tag: str | None
) -> Ranking:
    """The best MOST documents by their words alone, of the audiences `shown` (None: all)."""
    community = community_of(tx)
    wording = await worded(tx, size, wanted, shown)
    required = {terms.term_id(community, term) for phrase in wanted.phrases for term in phrase}
    excluded = {terms.term_id(community, term) for term in wanted.excluded}
    cheap = await _cheap(tx, required | excluded)
    needed = (required & cheap) | ({terms.term_id(community, tag_term(tag))} if tag is not None else set())
    asked = Asked(wording.factors, sorted(needed), sorted(excluded & cheap), shown)
    hits = await postings.best(tx, size, asked, MOST + 1)
    ranking = Ranking(hits[:MOST], wording, more=len(hits) > MOST, shown=shown)
    ranking.hits = await _without(tx, sorted(excluded - cheap), ranking.hits)
    if wanted.phrases:
        ranking.hits = await _with_phrases(tx, wanted, ranking.hits)
    return ranking


async def _cheap(tx: Tx, conditions: set[int]) -> set[int]:
    """Those of the terms that the query itself can ask for; for others hits are looked at."""
    counts = await postings.counts_up_to(tx, sorted(conditions), COMMON)
    reached = set(rules.within_reach({term: count for term, count in counts.items() if count < COMMON}))
    return (conditions - counts.keys()) | reached


async def _without(tx: Tx, ids: Sequence[int], hits: list[Hit]) -> list[Hit]:
    """Those that have none of the terms."""
    have: set[int] = set()
    for start in range(0, len(hits) if ids else 0, BLOCK):
        block = [hit.document for hit in hits[start : start + BLOCK]]
        have |= {part.document for part in await postings.parts(tx, ids, block)}
    return [hit for hit in hits if hit.document not in have]


async def _with_phrases(tx: Tx, wanted: Wanted, hits: Sequence[Hit]) -> list[Hit]:
    """Those in which every phrase stands together."""
    community = community_of(tx)
    phrases = [[terms.term_id(community, term) for term in phrase] for phrase in wanted.phrases]
    ids = sorted({term for phrase in phrases for term in phrase})
    kept: list[Hit] = []
    for start in range(0, len(hits), BLOCK):
        block = hits[start : start + BLOCK]
        places = _places(await postings.parts(tx, ids, [hit.document for hit in block]))
        kept += [
            hit
            for hit in block
            if all(rules.stands_together(phrase, places[hit.document]) for phrase in phrases)
        ]
    return kept


async def refined(
    tx: Tx, size: IndexSize, ranking: Ranking, standings: Mapping[int, Standing], start: int, end: int
) -> list[Hit]:
    """The hits; the blocks that reach into places `start` to `end` in the order of a closer look."""
    feedback = await _feedback(tx, size, ranking)
    found = list(ranking.hits)
    for first in range(start - start % BLOCK, min(end, len(found)), BLOCK):
        block = found[first : first + BLOCK]
        scores = await _looked_at(tx, size, ranking.wording, feedback, block)
        closer = [
            Hit(hit.document, hit.audience, round(score * _factor(standings, hit), 9))
            for hit, score in zip(block, scores, strict=True)
        ]
        found[first : first + BLOCK] = sorted(closer, key=lambda hit: (-hit.score, -hit.document))
    return found


def _factor(standings: Mapping[int, Standing], hit: Hit) -> float:
    return rules.STANDING_FACTOR[standings.get(hit.audience, Standing.PLAIN)]


async def _feedback(tx: Tx, size: IndexSize, ranking: Ranking) -> dict[int, float]:
    """What the best documents say beside what was asked, as factors by term id; nothing for one word."""
    wording, best = ranking.wording, ranking.hits[: rules.FEEDBACK_DOCUMENTS]
    if len(wording.factors) < 2 or len(best) < 2:
        return {}
    rows = await tx.all(VECTORS, {"numbers": padded([hit.document for hit in best])})
    by_number = {row.number: (row.vector, row.length) for row in rows}
    vectors = [by_number[hit.document] for hit in best]
    candidates = rules.said_together([hit.score for hit in best], vectors, wording.known)
    community = community_of(tx)
    ids = {terms.term_id(community, word): word for word, _ in candidates}
    known = await postings.counts_up_to(tx, sorted(ids), rules.FEEDBACK_HOLDING + 1, ranking.shown)
    counts = {ids[term]: count for term, count in known.items()}
    shares = rules.chosen(candidates, counts, size.documents)
    return {
        terms.term_id(community, word): share * rules.rarity(size.documents, counts[word])
        for word, share in shares.items()
    }


async def _looked_at(
    tx: Tx, size: IndexSize, wording: Wording, feedback: Mapping[int, float], block: Sequence[Hit]
) -> list[float]:
    """New scores: what was asked, what feedback adds, and how close the words stand."""
    if not feedback and not wording.pairs:
        return [hit.score for hit in block]
    looked_for = sorted(set(feedback) | wording.paired)
    found = await postings.parts(tx, looked_for, [hit.document for hit in block])
    average = size.length / max(size.documents, 1)
    added: defaultdict[int, float] = defaultdict(float)
    for part in found:
        if part.term_id in feedback:
            worth = rules.saturated(part.weight, part.length, average)
            added[part.document] += feedback[part.term_id] * worth
    near = _nearness(wording, found, average)
    share = rules.FEEDBACK_SHARE if feedback else 0.0
    return [
        (1 - share) * (hit.score + rules.CLOSENESS * near.get(hit.document, 0.0))
        + share * wording.asked_for * added[hit.document]
        for hit in block
    ]


def _nearness(wording: Wording, found: Sequence[Part], average: float) -> dict[int, float]:
    """What it adds to documents that neighbours of the query stand close together in them."""
    lengths = {part.document: part.length for part in found}
    near: dict[int, float] = {}
    for document, places in _places(part for part in found if part.term_id in wording.paired).items():
        if len(places) > 1:
            near[document] = sum(
                wording.pair_rarity[number] * rules.saturated(frequency, lengths[document], average)
                for number, frequency in rules.closeness(wording.pairs, places).items()
            )
    return near


def _places(found: Iterable[Part]) -> defaultdict[int, dict[int, list[int]]]:
    places: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
    for part in found:
        places[part.document][part.term_id] = terms.read(part.places)
    return places


VECTORS = constant(
    sa.select(col(SearchDocument.number), col(SearchDocument.vector), col(SearchDocument.length)).where(
        scope(SearchDocument),
        col(SearchDocument.number).in_(
            sa.bindparam("numbers", type_=SearchDocument.__table__.c.number.type, expanding=True)  # type: ignore[attr-defined]
        ),
    )
)

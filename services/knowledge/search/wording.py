"""How a query is worded in the index: words that are known, what mistyped ones mean, what each weighs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from services.knowledge.search import postings, rules, terms, vocabulary
from services.knowledge.search.index import community_of
from services.knowledge.search.models import IndexSize
from services.knowledge.search.postings import Counts
from services.knowledge.search.query import Wanted
from shared.store import Tx

RARE = 2
"""A word in no more documents than this may be another one, mistyped."""
COMMONER = 20
"""So many times as many documents must have that other one."""
GUESSED, PREFIXED = 0.8, 0.7
"""What a word counts that was not asked for as such."""


@dataclass(slots=True)
class Wording:
    """Factors by term id (how often asked for times rarity), and neighbours of the query with their rarity.

    `corrected` says what was taken for what, `ignored` which words were too common to afford. `known` are the
    terms, `asked_for` how many words were asked for, `paired` the term ids in pairs.
    """

    factors: dict[int, float] = field(default_factory=dict)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    pair_rarity: list[float] = field(default_factory=list)
    corrected: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    paired: set[int] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    asked_for: float = 0.0


async def worded(tx: Tx, size: IndexSize, wanted: Wanted, shown: Sequence[int] | None) -> Wording:
    """The query in words that documents of the audiences `shown` have (None: all), or may mean.

    What only others may read counts for nothing but the work it makes: a score, or a word taken for another,
    would tell of it.
    """
    community = community_of(tx)
    wording = Wording()
    asked = dict(wanted.terms)
    for prefix in wanted.prefixes:
        for term in await vocabulary.beginning_with(tx, prefix):
            asked.setdefault(term, PREFIXED)
    ids = {term: terms.term_id(community, term) for term in asked}
    held, counts = await postings.counts(tx, sorted(ids.values()), shown)
    for term in list(asked):
        if counts.get(ids[term], 0) <= RARE:
            other = await _reconsider(tx, wanted, wording, asked, ids, term, shown)
            held |= other.held
            counts |= other.shown
    affordable = set(rules.within_reach({ids[t]: held[ids[t]] for t in asked if ids[t] in counts}))
    for term, times in asked.items():
        known = ids[term] in counts
        if known and ids[term] in affordable:
            wording.factors[ids[term]] = times * rules.rarity(size.documents, counts[ids[term]])
            wording.asked_for += times
        elif known:
            wording.ignored.append(wanted.written.get(term, term))
    wording.known = set(asked)
    _neighbours(wanted, wording, ids, counts, size)
    return wording


async def _reconsider(
    tx: Tx,
    wanted: Wanted,
    wording: Wording,
    asked: dict[str, float],
    ids: dict[str, int],
    term: str,
    shown: Sequence[int] | None,
) -> Counts:
    """Look for what a word that (nearly) no document has may mean, and ask for that, too."""
    community = community_of(tx)
    similar = await vocabulary.similar(tx, term)
    if not similar:
        return Counts({}, {})
    found = {other: terms.term_id(community, other) for _, other, _ in similar}
    counted = await postings.counts(tx, sorted({ids[term], *found.values()}), shown)
    seen = counted.shown
    worth = [
        (distance, -seen[found[other]], other, written)
        for distance, other, written in similar
        if seen.get(found[other], 0) >= max(1, COMMONER * seen.get(ids[term], 0))
    ]
    if not worth:
        return Counts({}, {})
    _, _, other, written = min(worth)
    asked.setdefault(other, asked[term] * GUESSED)
    ids[other] = found[other]
    wording.corrected[wanted.written.get(term, term)] = written
    return counted


def _neighbours(
    wanted: Wanted, wording: Wording, ids: dict[str, int], counts: dict[int, int], size: IndexSize
) -> None:
    """The pairs of words that follow each other in the query and are looked for."""
    order = [ids[term] for term in wanted.order if term in ids]
    for pair in dict.fromkeys(pairwise(order)):
        left, right = pair
        if left != right and left in wording.factors and right in wording.factors:
            commoner = max(counts[left], counts[right])
            wording.pairs.append(pair)
            wording.paired |= set(pair)
            wording.pair_rarity.append(rules.rarity(size.documents, commoner))

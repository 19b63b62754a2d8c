"""How well a document fits: what can be found, BM25F, closeness of words, and what feedback adds.

Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, sections 3.2 and 3.6: fields
are weighed before their frequency saturates). Feedback as RM3 mixes it (Abdul-Jaleel et al., TREC 2004), from
few documents and few words. The constants are those of the literature or were chosen on one half of a
collection and looked at on the other (docs/decisions/0017).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum


class Found(StrEnum):
    """What a search can lead to."""

    ARTICLE = "article"
    QUESTION = "question"
    ANSWER = "answer"
    RESOURCE = "resource"


class Standing(StrEnum):
    """Whether something comes first or last among equals."""

    TRUSTED = "trusted"
    PLAIN = "plain"
    OUTDATED = "outdated"


K1, B = 1.5, 0.75
TITLE_WEIGHT, TAG_WEIGHT = 2, 2
"""What a word counts in a title or a tag, where it counts 1 in the text."""
STANDING_FACTOR = {Standing.TRUSTED: 1.03, Standing.PLAIN: 1.0, Standing.OUTDATED: 0.93}

FEEDBACK_DOCUMENTS, FEEDBACK_WORDS, FEEDBACK_SHARE = 5, 10, 0.4
FEEDBACK_CANDIDATES = 24
FEEDBACK_COMMONEST, FEEDBACK_HOLDING = 0.25, 1_500
"""Words in more of the documents than this, or in more than so many, say little about what was wanted."""

WINDOW, CLOSENESS = 4, 0.2
"""Two neighbours of the query count as close when at most so many words apart, and what that adds."""

POSTINGS_LIMIT = 200_000
"""Postings one search looks at: the commonest words of a long query are left out beyond that."""


def rarity(documents: int, holding: int) -> float:
    """The weight of a word that `holding` of `documents` have: BM25's, never below nothing."""
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def saturated(weight: float, length: float, average: float) -> float:
    """What a word's weight in a document of this length comes to, between 0 and K1 + 1."""
    return weight * (K1 + 1) / (weight + K1 * (1 - B + B * length / average))


def within_reach(counts: Mapping[int, int], limit: int = POSTINGS_LIMIT) -> list[int]:
    """The words a search can afford, rarest first: those that have `limit` postings together, or one."""
    reached = 0
    kept: list[int] = []
    for term, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        reached += count
        if kept and reached > limit:
            break
        kept.append(term)
    return kept


def closeness(pairs: Sequence[tuple[int, int]], places: Mapping[int, Sequence[int]]) -> dict[int, float]:
    """How close neighbours of the query stand in a document: pair number -> a frequency.

    Next to each other in the query's order counts 1, otherwise 1 / distance within WINDOW.
    """
    found: dict[int, float] = {}
    for number, (left, right) in enumerate(pairs):
        if left in places and right in places:
            frequency = _met(places[left], places[right])
            if frequency:
                found[number] = frequency
    return found


def _met(left: Sequence[int], right: Sequence[int]) -> float:
    """The sum over meetings of two ascending lists, in one walk."""
    frequency, start = 0.0, 0
    for place in left:
        while start < len(right) and right[start] < place - WINDOW:
            start += 1
        for other in right[start:]:
            if other > place + WINDOW:
                break
            distance = other - place
            frequency += 1.0 if distance == 1 else 1.0 / abs(distance) if distance else 0.0
    return frequency


def stands_together(phrase: Sequence[int], places: Mapping[int, Sequence[int]]) -> bool:
    """Whether the words stand one after the other somewhere."""
    starts = set(places.get(phrase[0], ()))
    for offset, term in enumerate(phrase[1:], start=1):
        starts &= {place - offset for place in places.get(term, ())}
    return bool(starts)


def said_together(
    scores: Sequence[float], vectors: Sequence[tuple[Mapping[str, int], int]], asked: Iterable[str]
) -> list[tuple[str, float]]:
    """The words that the best documents share beside those asked for, with their share of what these say.

    `vectors` are the documents' words with weights, and their lengths, in the order of `scores`.
    """
    total = sum(scores) or 1.0
    said: defaultdict[str, float] = defaultdict(float)
    in_documents: defaultdict[str, int] = defaultdict(int)
    for score, (words, length) in zip(scores, vectors, strict=True):
        for word, weight in words.items():
            said[word] += score / total * weight / max(length, 1)
            in_documents[word] += 1
    least = 2 if len(vectors) > 2 else 1
    known = frozenset(asked)
    shared = [(w, s) for w, s in said.items() if in_documents[w] >= least and w not in known and len(w) > 1]
    return sorted(shared, key=lambda item: (-item[1], item[0]))[:FEEDBACK_CANDIDATES]


def chosen(
    candidates: Sequence[tuple[str, float]], counts: Mapping[str, int], documents: int
) -> dict[str, float]:
    """Which of them feedback adds, with shares that sum to 1: those that tell most."""
    most = min(max(documents * FEEDBACK_COMMONEST, 1), FEEDBACK_HOLDING)
    worth = [
        (share * rarity(documents, counts[word]), word)
        for word, share in candidates
        if 0 < counts.get(word, 0) <= most
    ]
    picked = sorted(worth, key=lambda item: (-item[0], item[1]))[:FEEDBACK_WORDS]
    total = sum(value for value, _ in picked) or 1.0
    return {word: value / total for value, word in picked}


def edits(left: str, right: str, most: int = 2) -> int:
    """Letters to insert, drop, replace or swap with their neighbour (optimal string alignment); most + 1 when
    it takes more."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return min(last[-1], most + 1)


def forgiven(word: str) -> int:
    """How many typing errors a word of this length may have."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2

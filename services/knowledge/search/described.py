"""What an entry comes to in the index: its words with weights and places, and a digest that tells changes."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from services.knowledge.search.analysis import words_of
from services.knowledge.search.entries import Entry
from services.knowledge.search.rules import TAG_WEIGHT, TITLE_WEIGHT
from services.knowledge.search.terms import PLACES

FIELD_GAP = 10
"""Places between title, tags and text: words of two of them never stand together."""
HEAVIEST = 32_000
MOST_TERMS = 15_000
"""Different words of one document; of a text that has more, what follows is not found by its words: to keep
them is one write, which others wait for."""


@dataclass(slots=True)
class Description:
    """`weights` and `places` by term; `length` counts only words that say something, as `vector` does."""

    length: int = 0
    weights: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)
    vector: dict[str, int] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    """The terms that say something, as first written."""
    _place: int = 0

    def add(self, text: str, language: str, weight: int) -> None:
        """Words of one field, each counting `weight`."""
        for word in words_of(text, language):
            term = word.term
            if len(self.weights) >= MOST_TERMS:
                break
            self._place += 1
            self.weights[term] = min(self.weights.get(term, 0) + weight, HEAVIEST)
            places = self.places.setdefault(term, [])
            if len(places) < PLACES:
                places.append(self._place)
            if word.serves:
                self.vector.setdefault(term, 0)
                continue
            self.vector[term] = min(self.vector.get(term, 0) + weight, HEAVIEST)
            self.written.setdefault(term, word.written)
            self.length += weight
        self._place += FIELD_GAP

    def mark(self, tag: str) -> None:
        """A term that only a filter looks for."""
        term = tag_term(tag)
        self.weights[term] = 1
        self.places[term] = []
        self.vector[term] = 0


def tag_term(tag: str) -> str:
    """The term that stands for a whole tag; no word of a text has its first letter."""
    return f"#{tag.lower()}"


def described(entry: Entry) -> Description:
    """The entry's words."""
    description = Description()
    description.add(entry.title, entry.language, TITLE_WEIGHT)
    for tag in entry.tags:
        description.add(tag, entry.language, TAG_WEIGHT)
        description.mark(tag)
    description.add(entry.text, entry.language, 1)
    description.length = max(description.length, 1)
    return description


def digest(entry: Entry) -> str:
    """Tells whether anything of the entry changed that postings or what is shown depend on."""
    said: list[Any] = [
        entry.title,
        entry.text,
        list(entry.tags),
        entry.language,
        entry.slug,
        str(entry.parent_id),
    ]
    said += [entry.fresh_at.isoformat(), entry.trusted, entry.outdated]
    return sha256(json.dumps(said).encode("utf-8", "surrogatepass")).hexdigest()

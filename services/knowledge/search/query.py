"""What somebody searches for: words, "phrases", prefixes*, -excluded words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.knowledge.search.analysis import fold, words_of

QUERY_LENGTH = 1000
MOST_WORDS = 32
"""Different words one search looks for; the first of a longer query."""

_PART = re.compile(r'(-?)"([^"]*)"|(-?)(\S+)')


@dataclass(slots=True)
class Wanted:
    """A query, analysed: terms with how often they were asked for, and what is asked of them.

    `written` keeps each term's word for suggestions; `order` is the terms as they followed each other.
    """

    terms: dict[str, float] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    phrases: list[list[str]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.terms or self.prefixes)


def understood(query: str, languages: Iterable[str]) -> Wanted:
    """The query as it is looked up in an index of texts in these languages.

    A word is known by its term in each of them. Words that only serve count when nothing else is asked for.
    """
    spoken = list(languages) or ["en"]
    wanted, serving = Wanted(), Wanted()
    for match in _PART.finditer(query[:QUERY_LENGTH]):
        without = bool(match[1] or match[3])
        quoted, loose = match[2], match[4]
        if without and (quoted or loose):
            for language in spoken:
                wanted.excluded += [word.term for word in words_of(quoted or loose, language)]
        elif quoted:
            _phrase(wanted, serving, quoted, spoken)
        elif loose and loose.endswith("*") and len(fold(loose)) > 2:
            wanted.prefixes += [word.written for word in words_of(loose, spoken[0])][-1:]
        elif loose:
            _words(wanted, serving, loose, spoken)
    if not wanted and not wanted.excluded:
        wanted.terms, wanted.written, wanted.order = serving.terms, serving.written, serving.order
    return _bounded(wanted)


def _phrase(wanted: Wanted, serving: Wanted, quoted: str, languages: list[str]) -> None:
    """A phrase is looked for in the first language; its words count one by one, too."""
    said = list(words_of(quoted, languages[0]))[:MOST_WORDS]
    if len(said) > 1:
        wanted.phrases.append([word.term for word in said])
    for word in said:
        kept = serving if word.serves and len(said) > 1 else wanted
        _want(kept, word.term, word.written)
        kept.order.append(word.term)


def _words(wanted: Wanted, serving: Wanted, loose: str, languages: list[str]) -> None:
    readings = [list(words_of(loose, language)) for language in languages]
    for alike in zip(*readings, strict=True):
        kept = serving if any(word.serves for word in alike) else wanted
        for term in dict.fromkeys(word.term for word in alike):
            _want(kept, term, alike[0].written)
        kept.order.append(alike[0].term)


def _want(wanted: Wanted, term: str, written: str) -> None:
    wanted.terms[term] = wanted.terms.get(term, 0.0) + 1.0
    wanted.written.setdefault(term, written)


def _bounded(wanted: Wanted) -> Wanted:
    kept = list(wanted.terms)[:MOST_WORDS]
    wanted.terms = {term: wanted.terms[term] for term in kept}
    wanted.order = [term for term in wanted.order[: 2 * MOST_WORDS] if term in wanted.terms]
    wanted.phrases = wanted.phrases[:4]
    wanted.prefixes = list(dict.fromkeys(wanted.prefixes))[:4]
    wanted.excluded = list(dict.fromkeys(wanted.excluded))[:MOST_WORDS]
    return wanted

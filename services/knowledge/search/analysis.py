"""From text to words that mean the same: letters folded, endings cut by language, function words marked.

Both databases keep what comes out of here, so that they find and rank alike. Endings are cut by the Snowball
stemmers; languages written without spaces are cut into pairs of letters.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from services.knowledge.search.stop_words import STOP_WORDS

WORD_LENGTH = 40
"""Letters of a word; what is longer is cut: it is hardly one."""
_LOOKED_AT = 100
"""Letters of a word that are looked at, so that none takes long or fills the memory of known ones."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_APOSTROPHE = re.compile(r"['\u2019]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]+")
_ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word of a text: as written (folded), what it is known by, where it stands, whether it only serves."""

    written: str
    term: str
    start: int
    end: int
    serves: bool


def base_of(language: str) -> str:
    """`pt` of `pt-BR`."""
    return language.partition("-")[0].lower()


def words_of(text: str, language: str) -> Iterator[Spoken]:
    """The words of a text, in order."""
    known = _knower(base_of(language))
    for match in _WORD.finditer(text):
        written = match.group()
        if _UNSPACED.search(written):
            yield from _pairs(written, match.start())
            continue
        folded, term, serves = known(written[:_LOOKED_AT])
        if term:  # nothing is left of marks alone
            yield Spoken(folded, term, match.start(), match.end(), serves)


def _pairs(written: str, start: int) -> Iterator[Spoken]:
    """A text without spaces as overlapping pairs of letters."""
    letters = [unicodedata.normalize("NFKC", letter).casefold()[: WORD_LENGTH // 2] for letter in written]
    for at in range(max(len(letters) - 1, 1)):
        pair = "".join(letters[at : at + 2])
        yield Spoken(pair, pair, start + at, start + min(at + 2, len(letters)), serves=False)


Spotted = tuple[int, int, str]
"""Where a word begins and ends, and its term."""


class Spotter:
    """Finds some terms in texts of one language without reading every word: each is judged once."""

    def __init__(self, language: str, asked: Collection[str]) -> None:
        self._language = base_of(language)
        self._asked = asked
        self._beginnings = sorted({term[:-1] if len(term) > 3 else term for term in asked})
        self._judged: dict[str, str | None] = {}

    def spotted(self, text: str) -> list[Spotted]:
        """Where the asked for stand, in order."""
        if not text.isascii():
            words = words_of(text, self._language)
            return [(word.start, word.end, word.term) for word in words if word.term in self._asked]
        small, found = text.lower(), set()
        for beginning in self._beginnings:
            at = small.find(beginning)
            while at >= 0:
                begins = not at or not (small[at - 1].isalnum() or small[at - 1] == "'")
                word = _WORD.match(text, at) if begins else None
                if word is not None:
                    term = self._judge(word.group()[:_LOOKED_AT])
                    if term is not None:
                        found.add((at, word.end(), term))
                at = small.find(beginning, at + len(beginning))
        return sorted(found)

    def _judge(self, written: str) -> str | None:
        """The term asked for that the word is, if any."""
        if written not in self._judged:
            term = _knower(self._language)(written)[1]
            self._judged[written] = term if term in self._asked else None
        return self._judged[written]


def fold(text: str) -> str:
    """Small letters without marks: `É` and `e` are one."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


@cache
def _knower(language: str) -> Callable[[str], tuple[str, str, bool]]:
    """What is known of a written word in a language: folded, its term, whether it only serves."""
    serving = STOP_WORDS.get(language, frozenset())
    cut = _stemmer(language)

    @lru_cache(maxsize=50_000)
    def known(written: str) -> tuple[str, str, bool]:
        small = _APOSTROPHE.sub("'", written.casefold())
        small = small.removesuffix("'s").replace("'", "")
        folded = fold(small)[:WORD_LENGTH]
        return folded, fold(cut(small))[:WORD_LENGTH] or folded, small in serving or folded in serving

    return known


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return lambda word: word
    import snowballstemmer

    stemmer: Any = snowballstemmer.stemmer(algorithm)
    cut: Callable[[str], str] = stemmer.stemWord
    return cut

"""What a hit shows: the piece of its text where most of what was asked for stands, and which words."""

from dataclasses import dataclass

from services.knowledge.search.analysis import Spotted, Spotter

SHOWN = 240
"""Characters of one piece, about."""
LOOKED_AT = 8_000
"""Characters of a text in which a piece is looked for."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece of text and the half-open ranges of its characters that were asked for."""

    text: str
    marks: list[tuple[int, int]]


def marked(text: str, spotter: Spotter) -> Marked:
    """The whole text with what was asked for."""
    return Marked(text, [(start, end) for start, end, _ in spotter.spotted(text)])


def piece(text: str, spotter: Spotter) -> Marked:
    """The piece with the most different words asked for; the beginning when it has none. Of a long text only
    the first LOOKED_AT characters are given."""
    found = spotter.spotted(text)
    start = _start(text, _richest(found))
    end = _end(text, start)
    marks = [(at - start, until - start) for at, until, _ in found if start <= at and until <= end]
    return Marked(text[start:end], marks)


def _richest(found: list[Spotted]) -> int:
    """Where the stretch of SHOWN characters with the most different words begins; the first of the best."""
    best, where, left = 0, found[0][0] if found else 0, 0
    inside: dict[str, int] = {}
    for at, (_, end, term) in enumerate(found):
        inside[term] = inside.get(term, 0) + 1
        while left < at and end - found[left][0] > SHOWN:  # a word may be longer than that by itself
            gone = found[left][2]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            left += 1
        if len(inside) > best:
            best, where = len(inside), found[left][0]
    return where


def _start(text: str, where: int) -> int:
    """A little before, at the beginning of a word."""
    early = max(where - SHOWN // 4, 0)
    if early == 0:
        return 0
    space = text.find(" ", early, where)
    return space + 1 if space >= 0 else where


def _end(text: str, start: int) -> int:
    late = start + SHOWN
    if late >= len(text):
        return len(text)
    space = text.rfind(" ", start + 1, late)
    return space if space > start else late

"""What a handle looks like, and what names and handles are found by."""

import re
import unicodedata
from collections.abc import Collection

HANDLE_MIN, HANDLE_MAX = 2, 40
_HANDLE = re.compile(rf"[a-z0-9._-]{{{HANDLE_MIN},{HANDLE_MAX}}}")
_NOT_IN_HANDLES = re.compile(r"[^a-z0-9._-]+")
_ROOM_FOR_SUFFIX = 8
_LAST_CHARACTER = "\U0010ffff"


def handle(text: str) -> str:
    """`text` in compatibility form and lower case; ValueError unless that is 2 to 40 of a-z 0-9 . _ -"""
    normal = unicodedata.normalize("NFKC", text).lower()
    if not _HANDLE.fullmatch(normal):
        raise ValueError("a handle is 2 to 40 of the characters a-z 0-9 . _ -")
    return normal


def handle_from(text: str) -> str:
    """A valid handle that resembles `text`, whatever that is; of an e-mail address only the local part."""
    local = text.split("@", 1)[0]
    plain = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
    made = _NOT_IN_HANDLES.sub("-", plain).strip("-")[:HANDLE_MAX]
    return made if len(made) >= HANDLE_MIN else "member"


def stem(handle: str) -> str:
    """The part of a handle that suffixed ones keep, so that `<stem>-<number>` is never too long."""
    return handle[: HANDLE_MAX - _ROOM_FOR_SUFFIX]


def handle_range(stem: str) -> tuple[str, str]:
    """The half-open range of handles that holds `stem`, every `stem-<suffix>`, and nothing else.

    "-" is the only character of a handle that sorts before ".".
    """
    return stem, stem + "."


class Handles:
    """Gives out handles nobody has: the one wished for, else its stem with a free suffix -2, -3 ..."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def give(self, wish: str) -> str:
        """A free handle, taken from now on."""
        made, base = wish, stem(wish)
        number = self._next.get(base, 2)
        while made in self._taken:
            made = f"{base}-{number}"
            number += 1
        self._next[base] = number
        self._taken.add(made)
        return made


def search_key(text: str) -> str:
    """What a name is found by: compatibility form, case folded, single spaces, at most 80 characters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:80]


def prefix_range(prefix: str) -> tuple[str, str]:
    """The half-open range of search keys that begin with `prefix`."""
    return prefix, prefix + _LAST_CHARACTER

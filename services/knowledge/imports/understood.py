"""What a document says, once understood."""

import hashlib
import json
from dataclasses import dataclass, field

from services.knowledge.articles.rules import ArticleKind
from services.knowledge.imports.rules import NOTE_LENGTH, NOTES, Standing


class NotTaken(Exception):
    """A document that cannot be an article; the text says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A document that is a picture."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Understood:
    """An article to be. `links` are the links in its text that lead within its source, if anywhere.

    `successor` is what it says replaced it, `names` other addresses it was known by.
    """

    title: str
    body: str
    tags: tuple[str, ...] = ()
    language: str | None = None
    kind: ArticleKind = ArticleKind.HOW_TO
    standing: Standing = Standing.RELEASED
    successor: str | None = None
    names: tuple[str, ...] = ()
    slug: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)
    links: tuple[str, ...] = field(default=(), compare=False)

    def digest(self) -> str:
        """The same for the same content: what has not changed is not touched."""
        said = [self.title, self.body, self.tags, self.language, self.kind, self.standing, self.successor]
        text = json.dumps([said, self.names, self.slug], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class Notes:
    """What was not understood of one document, each once, the first ones only."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, note: str) -> None:
        if len(self._said) < NOTES:
            self._said[note if len(note) <= NOTE_LENGTH else f"{note[: NOTE_LENGTH - 1]}…"] = None

    def all(self) -> tuple[str, ...]:
        return tuple(self._said)

"""Put together as Markdown what was asked and answered elsewhere: the text a draft begins with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.knowledge.rules import BODY_LENGTH, TAG_LENGTH, TAGS, tidy_tags

SKELETON = "## Question\n\nWhat was asked?\n\n## Answer\n\nWhat is the answer, and how do we know?"


@dataclass(frozen=True, slots=True)
class Material:
    """What a draft is made of, and the members whose words it uses."""

    title: str
    body: str
    tags: Sequence[str] = ()
    language: str = "en"
    authors: Sequence[UUID] = ()


def of_question(question: str, answer: str | None) -> str:
    """A question and its answer."""
    return f"## Question\n\n{question}\n\n## Answer\n\n{answer or 'Nobody has answered yet.'}"


def of_conversation(opening: str, accepted: str | None, others: Iterable[str]) -> str:
    """What began it and what was accepted, else the others, the best first, as many as one text holds."""
    if accepted is not None:
        return of_question(opening, accepted)
    body, heading = f"## What it began with\n\n{opening}", "\n\n## What was said\n\n"
    for said in others:
        if len(body) + len(heading) + len(said) > BODY_LENGTH:
            break
        body += heading + said
        heading = "\n\n---\n\n"
    return body


def fitting_tags(tags: Iterable[str]) -> list[str]:
    """Those an article can have."""
    return [tag for tag in tidy_tags(tags) if 0 < len(tag) <= TAG_LENGTH][:TAGS]

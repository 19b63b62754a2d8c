"""How articles and questions stand, from the turns of their lives in the order of their versions."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Life(StrEnum):
    """Whose turns are kept."""

    ARTICLE = "article"
    QUESTION = "question"
    INQUIRY = "inquiry"


class Turn(StrEnum):
    """What happens to an article, a question or an inquiry that a metric asks about."""

    PUBLISHED = "published"
    VERIFIED = "verified"
    STALE = "stale"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"
    HIDDEN = "hidden"
    RESTORED = "restored"
    ASKED = "asked"
    ACCEPTED = "accepted"
    OUTDATED = "outdated"
    REOPENED = "reopened"
    CLOSED = "closed"
    DEFLECTED = "deflected"


class Taken(Protocol):
    """A turn, when it was taken, and until when an article counts as fresh by it."""

    @property
    def turn(self) -> Turn: ...
    @property
    def at(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...


class Span(NamedTuple):
    """A time an article was published without a break, fresh at first; `until` is null while it lasts."""

    since: datetime
    fresh_until: datetime
    until: datetime | None


def spans(turns: Iterable[Taken]) -> Iterator[Span]:
    """The times an article was published: from its release on, unless deprecated, archived or hidden."""
    published = hidden = False
    since: datetime | None = None
    verified_until = at = BEGINNING
    for taken in turns:
        at = max(at, taken.at)  # a later version is not taken earlier, whatever clocks say
        if since is not None and since < at:
            yield Span(since, min(max(since, verified_until), at), at)
        match taken.turn:
            case Turn.PUBLISHED:
                published, verified_until = True, taken.until or at
            case Turn.VERIFIED:
                verified_until = taken.until or at
            case Turn.STALE:
                verified_until = min(verified_until, at)
            case Turn.DEPRECATED | Turn.ARCHIVED:
                published = False
            case Turn.HIDDEN | Turn.RESTORED:
                hidden = taken.turn is Turn.HIDDEN
        since = at if published and not hidden else None
    if since is not None:
        yield Span(since, max(since, verified_until), None)


class Outcome(NamedTuple):
    """What became of a question; when it was first accepted stays, though the answer may be outdated."""

    asked_at: datetime
    accepted: bool
    first_accepted_at: datetime | None


def outcomes(turns: Iterable[Taken]) -> Iterator[Outcome]:
    """How a question stands by now; nothing unless it was asked, and while it is closed or hidden."""
    asked_at = first = None
    accepted = closed = hidden = False
    for taken in turns:
        match taken.turn:
            case Turn.ASKED:
                asked_at = taken.at
            case Turn.ACCEPTED:
                accepted = True
                first = taken.at if first is None else min(first, taken.at)
            case Turn.OUTDATED:
                accepted = False
            case Turn.REOPENED:
                accepted = closed = False
            case Turn.CLOSED:
                closed = True
            case Turn.HIDDEN | Turn.RESTORED:
                hidden = taken.turn is Turn.HIDDEN
    if asked_at is not None and not closed and not hidden:
        yield Outcome(asked_at, accepted, first)

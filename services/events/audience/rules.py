"""Who may register: what events knows of members from others' facts."""

from datetime import datetime, timedelta
from enum import StrEnum


class MemberStanding(StrEnum):
    """How a member stands as far as events is concerned; unknown ones count as active."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    BANNED = "banned"
    LEFT = "left"
    ERASED = "erased"


MAY_COME = frozenset({MemberStanding.ACTIVE})


class GuidelineKind(StrEnum):
    """The guidelines that concern events."""

    CONDUCT = "conduct"
    EVENT = "event"


STILL = timedelta(seconds=10)
"""So long what follows from a fact is looked for again: what had begun before the fact commits by then."""
LOOK_AGAIN = timedelta(seconds=3)


def next_look(heard_at: datetime, now: datetime) -> datetime | None:
    """When to look again after nothing was found at `now`; None when nothing can turn up any more."""
    return None if now > heard_at + STILL else now + LOOK_AGAIN


def supersedes(kind: GuidelineKind, number: int, known: GuidelineKind, version: int) -> bool:
    """Whether guidelines of a kind take the place of those in force: of one kind the newest counts, and those
    for events before those of conduct."""
    if kind is known:
        return number > version
    return kind is GuidelineKind.EVENT

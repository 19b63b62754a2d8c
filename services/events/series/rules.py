"""The states of a series, how far a registration for it reaches, and what a recurrence rule may say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SeriesState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class SeriesVerb(StrEnum):
    ACTIVATE = "activate"
    END = "end"


class SeriesScope(StrEnum):
    """Which occurrences a change or a registration is about: one, it and those after it, or all to come."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class RsvpScope(StrEnum):
    """How far one registration may reach in a series."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"


class Frequency(StrEnum):
    """How often a rule recurs; anything shorter is no way to meet."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE as read: weekdays count from Monday as 0, each with its `n`th place or 0; `until` is local."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    months: frozenset[int] = frozenset()
    week_numbers: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    positions: frozenset[int] = frozenset()
    hour: int | None = None
    minute: int | None = None
    second: int | None = None


_FROM: dict[SeriesVerb, frozenset[SeriesState]] = {
    SeriesVerb.ACTIVATE: frozenset({SeriesState.DRAFT}),
    SeriesVerb.END: frozenset({SeriesState.DRAFT, SeriesState.ACTIVE}),
}


def verbs(state: SeriesState) -> list[SeriesVerb]:
    """What may be done with a series now."""
    return [verb for verb in SeriesVerb if state in _FROM[verb]]


def with_clock_of(new: datetime, old: datetime, text: str) -> str:
    """A kept local time that stood at the old start's time of day, at the new one's; any other as it is."""
    at = datetime.fromisoformat(text)
    return datetime.combine(at.date(), new.time()).isoformat() if at.time() == old.time() else text

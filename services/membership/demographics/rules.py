"""What may be asked, and what of the answers may be told (docs/decisions/0012).

Every figure that leaves is a multiple of `K`, counts people of one cell of one fixed partition, and changes
only when at least `K` people entered or left that cell: no sum or difference of figures is a group of 1 to 9.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

K = 10
PERIOD = timedelta(days=30)
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
UNSAID = "prefer-not-to-say"
Cell = tuple[str, str]
"""A segment and an answer."""

Id = TypeVar("Id", bound=UUID | int)


class Segment(StrEnum):
    """The one partition of the members: who holds a role or function, who contributes, everybody else."""

    LEADERS = "leaders"
    CONTRIBUTORS = "contributors"
    MEMBERS = "members"


DIMENSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "age": ("Age", ("under-18", "18-24", "25-34", "35-44", "45-54", "55-64", "65-and-over", UNSAID)),
    "gender": ("Gender", ("woman", "man", "non-binary", "another", UNSAID)),
    "region": (
        "Where you live",
        ("africa", "asia", "europe", "latin-america", "north-america", "oceania", UNSAID),
    ),
    "first-language": ("Whether the community speaks your first language", ("yes", "no", UNSAID)),
    "disability": ("Disability or long-term condition", ("yes", "no", UNSAID)),
    "caregiving": ("Caring for children or others", ("yes", "no", UNSAID)),
    "experience": ("Years in the field", ("0-2", "3-5", "6-10", "over-10", UNSAID)),
}
"""The fixed dimensions with their answers; after CHAOSS, "Event/Project Demographics"."""


def period_of(moment: datetime) -> int:
    """The number of the 30 days a moment lies in."""
    return (moment - _FIRST) // PERIOD


def begin_of(period: int) -> datetime:
    """When a period begins; what is told in it was answered before."""
    return _FIRST + period * PERIOD


def segment_of(*, responsible: bool, stage: str | None) -> Segment:
    """A member's place in the partition; `responsible` holds a role or function."""
    if responsible or stage == "leader":
        return Segment.LEADERS
    return Segment.CONTRIBUTORS if stage == "contributor" else Segment.MEMBERS


@dataclass(frozen=True)
class Counted:
    """The figures as they stand, and in `departed` whom they still count though their answer is gone."""

    figures: Mapping[Cell, int]
    departed: Mapping[Cell, int]


@dataclass(frozen=True)
class Answered:
    """Where somebody is counted (None: nowhere) and where their answer belongs now (None: nowhere)."""

    counted: Cell | None
    now: Cell | None


def recount(before: Counted, answers: Mapping[Id, Answered]) -> tuple[Counted, dict[Id, Cell | None]]:
    """The next figures, and who is counted elsewhere now.

    Who wants out of a cell waits until there are `K`, then ten or a multiple of it leave; the same for those
    who want in, and whoever is still counted in one cell does not enter another.
    """
    figures, departed = dict(before.figures), dict(before.departed)
    people = sorted(answers, key=str)
    moved: dict[Id, Cell | None] = {}
    for cell in sorted({*figures, *departed}):
        leaving = [each for each in people if answers[each].counted == cell != answers[each].now]
        gone = departed.pop(cell, 0)
        out = _whole(len(leaving) + gone)
        figures[cell] = figures.get(cell, 0) - out
        moved |= dict.fromkeys(leaving[: max(0, out - gone)], None)
        if gone > out:
            departed[cell] = gone - out
    free = [each for each in people if each in moved or answers[each].counted is None]
    for cell in sorted({each.now for each in answers.values() if each.now is not None}):
        entering = [each for each in free if answers[each].now == cell]
        into = _whole(len(entering))
        figures[cell] = figures.get(cell, 0) + into
        moved |= dict.fromkeys(entering[:into], cell)
    return Counted({cell: n for cell, n in figures.items() if n}, departed), moved


def _whole(people: int) -> int:
    return people // K * K


def told(figures: Mapping[Cell, int], options: Sequence[str]) -> dict[str, dict[str, int] | None]:
    """What is told of each segment: nothing unless two answers at least have `K` people or more.

    Otherwise one would learn of everybody there what they answered (l-diversity, l = 2).
    """
    shown: dict[str, dict[str, int] | None] = {}
    for segment in Segment:
        row = {option: figures.get((segment.value, option), 0) for option in options}
        shown[segment.value] = row if sum(n > 0 for n in row.values()) >= 2 else None
    return shown


def together(segments: Iterable[Mapping[str, int] | None], options: Sequence[str]) -> dict[str, int] | None:
    """All segments as one: the sum of what is told of each, nothing besides."""
    rows = [each for each in segments if each is not None]
    return {option: sum(row[option] for row in rows) for option in options} if rows else None

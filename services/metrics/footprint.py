"""What one person's history adds to every roll-up, so that a change of history is a difference of two footprints."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from services.metrics.periods import Step, month_of, week_of
from services.metrics.rules import WINDOWS

History = Mapping[int, tuple[int, int]]
"""Day -> how many activities of any class, and how many of them contributions, a person has."""


class Standing(StrEnum):
    """What being active in a period means for a person; the name of the counter it goes to."""

    NEW = "newcomers"
    RETURNING = "returners"
    RESURRECTED = "resurrected"


class Measure(StrEnum):
    """What of a person is counted."""

    ACTIVITIES = "activities"
    CONTRIBUTIONS = "contributions"


class Mark(NamedTuple):
    """One person active in one period. `first` is the person's first period, `following` the next active day (days only)."""

    step: Step
    bucket: int
    activities: int
    contributions: int
    first: int
    standing: Standing
    following: int | None


@dataclass(slots=True)
class Deltas:
    """Changes to add to the roll-ups, by their keys."""

    periods: dict[tuple[Step, int], Counter[str]] = field(default_factory=dict)
    histogram: Counter[tuple[Step, int, Measure, int]] = field(default_factory=Counter)
    cohort: Counter[tuple[Step, int, int]] = field(default_factory=Counter)
    windows: Counter[tuple[int, int]] = field(default_factory=Counter)


def footprint(history: History, first: int | None, total: tuple[int, int]) -> set[Mark]:
    """Every mark a person leaves.

    `history` may start late, on a day that begins both a week and a month or before (`periods.tail_of`), as long
    as two footprints of the same person start alike: what is left out, and what is marked wrongly at the edge
    because of it, cancels out in their difference. `first` is the true first active day, `total` the true sum."""
    if first is None:
        return set()
    marks = {Mark(Step.ALL, 0, *total, 0, Standing.NEW, None)}
    days = sorted(history)
    for day, following in pairwise([*days, None]):
        assert day is not None
        standing = _standing(day, first, day - 1 in history)
        marks.add(Mark(Step.DAY, day, *history[day], first, standing, following))
    for step, number in ((Step.WEEK, week_of), (Step.MONTH, month_of)):
        sums: dict[int, tuple[int, int]] = {}
        for day in days:
            bucket, (activities, contributions) = number(day), history[day]
            before = sums.get(bucket, (0, 0))
            sums[bucket] = (before[0] + activities, before[1] + contributions)
        begin = number(first)
        for bucket, counts in sums.items():
            marks.add(Mark(step, bucket, *counts, begin, _standing(bucket, begin, bucket - 1 in sums), None))
    return marks


def _standing(bucket: int, first: int, active_before: bool) -> Standing:
    if bucket == first:
        return Standing.NEW
    return Standing.RETURNING if active_before else Standing.RESURRECTED


def compare(old: set[Mark], new: set[Mark], into: Deltas) -> None:
    """Add to `into` what turns roll-ups that hold `old` into roll-ups that hold `new`."""
    for mark in old - new:
        _add(mark, -1, into)
    for mark in new - old:
        _add(mark, 1, into)


def _add(mark: Mark, sign: int, into: Deltas) -> None:
    step, bucket, activities, contributions, first, standing, following = mark
    period = into.periods.get((step, bucket))
    if period is None:
        period = into.periods[step, bucket] = Counter()
    period["active"] += sign
    period["contributors"] += sign if contributions else 0
    period["activities"] += sign * activities
    period["contributions"] += sign * contributions
    period[standing] += sign
    into.histogram[step, bucket, Measure.ACTIVITIES, activities] += sign
    into.histogram[step, bucket, Measure.CONTRIBUTIONS, contributions] += sign
    if step is not Step.ALL:
        into.cohort[step, bucket - first, first] += sign
    if step is Step.DAY:
        for window, day, change in coverage(bucket, following):
            into.windows[window, day] += sign * change


def coverage(day: int, following: int | None) -> Iterator[tuple[int, int, int]]:
    """For each window w, the days an active day covers until the next one takes over: (w, day, change of the count)."""
    for window in WINDOWS:
        yield window, day, 1
        yield window, day + window if following is None else min(day + window, following), -1

"""What one person's history adds to every roll-up; a change of history is a difference of footprints."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from services.metrics.periods import Step, month_of, week_of
from services.metrics.rules import WINDOWS

History = Mapping[int, tuple[int, int]]
"""Day -> how many activities of any class, and how many of them contributions, a person has."""


class Standing(StrEnum):
    """What being active in a period means for a person; the name of the counter it goes to."""

    __hash__ = str.__hash__

    NEW = "newcomers"
    RETURNING = "returners"
    RESURRECTED = "resurrected"


class Measure(StrEnum):
    """What of a person is counted."""

    __hash__ = str.__hash__

    ACTIVITIES = "activities"
    CONTRIBUTIONS = "contributions"


class Mark(NamedTuple):
    """One person active in one period; `first` is their first, `following` the next active day of a day."""

    step: Step
    bucket: int
    activities: int
    contributions: int
    first: int
    standing: Standing
    following: int | None


COUNTERS = ("active", "contributors", "activities", "contributions", *Standing)
"""What a period counts, in the order of `Deltas.periods`."""


@dataclass(slots=True)
class Deltas:
    """Changes to add to the roll-ups, by their keys."""

    periods: dict[tuple[Step, int], list[int]] = field(default_factory=dict)
    histogram: Counter[tuple[Step, int, Measure, int]] = field(default_factory=Counter)
    cohort: Counter[tuple[Step, int, int]] = field(default_factory=Counter)
    windows: Counter[tuple[int, int]] = field(default_factory=Counter)


def footprint(history: History, first: int | None, total: tuple[int, int], since: int = 0) -> set[Mark]:
    """The marks a person leaves: one for ever, and those of days, weeks and months from `since` on.

    For the difference of two footprints `since` is a day on which both are active and up to which they are
    alike, and both need only be known from `periods.tail_of(since)` on: what is left out, and a first week or
    month marked as if nothing lay before, is the same in both and cancels out. `first` is the true first
    active day and `total` the true sum."""
    if first is None:
        return set()
    marks = {Mark(Step.ALL, 0, *total, 0, Standing.NEW, None)}
    days = sorted(day for day in history if day >= since)
    for day, following in zip_longest(days, days[1:]):
        marks.add(
            Mark(Step.DAY, day, *history[day], first, _standing(day, first, day - 1 in history), following)
        )
    for step, number in ((Step.WEEK, week_of), (Step.MONTH, month_of)):
        begin, earliest = number(first), number(since) if since else 0
        sums: dict[int, tuple[int, int]] = {}
        for day, (activities, contributions) in history.items():
            bucket = number(day)
            if bucket >= earliest:
                before = sums.get(bucket, (0, 0))
                sums[bucket] = (before[0] + activities, before[1] + contributions)
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


_AT = {standing: COUNTERS.index(standing) for standing in Standing}


def _add(mark: Mark, sign: int, into: Deltas) -> None:
    step, bucket, activities, contributions, first, standing, following = mark
    period = into.periods.setdefault((step, bucket), [0] * len(COUNTERS))
    period[0] += sign
    period[1] += sign if contributions else 0
    period[2] += sign * activities
    period[3] += sign * contributions
    period[_AT[standing]] += sign
    into.histogram[step, bucket, Measure.ACTIVITIES, activities] += sign
    into.histogram[step, bucket, Measure.CONTRIBUTIONS, contributions] += sign
    if step is not Step.ALL:
        into.cohort[step, bucket - first, first] += sign
    if step is Step.DAY:
        # for each window the days an active day covers until the next one takes over
        for window in WINDOWS:
            expiry = bucket + window
            into.windows[window, bucket] += sign
            into.windows[window, expiry if following is None else min(expiry, following)] -= sign

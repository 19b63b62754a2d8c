"""Trailing distinct counts: from a difference array to stretches of days with one value; stickiness."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple


class Run(NamedTuple):
    """A stretch of days [start, end) on which a trailing count has one value."""

    start: int
    end: int
    value: int


def runs(deltas: Iterable[tuple[int, int]]) -> list[Run]:
    """The stretches behind a difference array of (day, change); stretches of zero are left out."""
    changes: dict[int, int] = defaultdict(int)
    for day, change in deltas:
        changes[day] += change
    stretches: list[Run] = []
    value = start = 0
    for day in sorted(changes):
        if change := changes[day]:
            if value:
                stretches.append(Run(start, day, value))
            value, start = value + change, day
    return stretches


def value_on(stretches: Sequence[Run], day: int) -> int:
    """The trailing count on a day."""
    at = bisect_right(stretches, day, key=lambda run: run.start) - 1
    return stretches[at].value if at >= 0 and day < stretches[at].end else 0


def between(stretches: Sequence[Run], start: int, end: int) -> list[Run]:
    """The stretches inside [start, end), cut to it."""
    at = max(0, bisect_right(stretches, start, key=lambda run: run.start) - 1)
    inside: list[Run] = []
    for run in islice(stretches, at, None):
        if run.start >= end:
            break
        if run.end > start:
            inside.append(Run(max(run.start, start), min(run.end, end), run.value))
    return inside


def stickiness(daily: Sequence[tuple[int, int]], stretches: Sequence[Run]) -> tuple[float, int]:
    """Sum of dau / mau over the days that have a mau, and how many days these are; both in order of days."""
    shares: list[float] = []
    at = 0
    for run in stretches:
        while at < len(daily) and daily[at][0] < run.end:
            shares.append(daily[at][1] / run.value)
            at += 1
    return math.fsum(shares), sum(run.end - run.start for run in stretches)

"""What counts as which kind of activity, and the formulas every metric is computed with."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

WINDOWS = (7, 28, 30, 90)
"""Trailing windows, in days, whose distinct counts are kept up to date."""


class Searched(StrEnum):
    """What is counted of searches; nobody can import such a kind, for it has a colon."""

    PERFORMED = "search:performed"
    OPENED = "search:opened"
    IN_VAIN = "search:in_vain"


class ActivityClass(IntEnum):
    """How much of themselves somebody gives; a membership change is no activity of anybody."""

    MEMBERSHIP = -1
    PASSIVE = 0
    PARTICIPATION = 1
    CONTRIBUTION = 2
    LEADERSHIP = 3


_KINDS = {
    ActivityClass.MEMBERSHIP: "joined rejoined left",
    ActivityClass.PASSIVE: " ".join(("read", "visit", *Searched)),
    ActivityClass.PARTICIPATION: "react reaction vote register attend survey_answer accept claim",
    ActivityClass.LEADERSHIP: "moderate mediate mentor organise",
}
CLASSES = {kind: class_ for class_, kinds in _KINDS.items() for kind in kinds.split()}
MEMBERSHIP_KINDS = tuple(_KINDS[ActivityClass.MEMBERSHIP].split())
ATTENDANCE = "attend"
"""The kind that says somebody came to an event."""
LESSER_KINDS = tuple(kind for kind, class_ in CLASSES.items() if class_ < ActivityClass.CONTRIBUTION)
"""What contributes nothing."""
OPENING_KINDS = frozenset({"topic", "question", "discussion", "announcement", "initiative"})


def class_of(kind: str) -> ActivityClass:
    """The class of a kind; a kind nobody listed counts as contribution."""
    return CLASSES.get(kind, ActivityClass.CONTRIBUTION)


# Inequality ---------------------------------------------------------------------------------------------

Distribution = Mapping[int, int]
"""How many people (value) have which count (key)."""


class Inequality(NamedTuple):
    """What the Gini coefficient is computed from: `weighted` is the sum of 2 i x_i, x ascending."""

    people: int
    total: int
    weighted: int

    @property
    def gini(self) -> float | None:
        """sum((2i - n - 1) x_i) / (n sum x); null when nobody did anything."""
        n, total = self.people, self.total
        return (self.weighted - (n + 1) * total) / (n * total) if total else None


def inequality(people: Distribution) -> Inequality:
    """How unequally something is spread; 0 when everybody did as much, towards 1 when one did all."""
    n = total = weighted = 0
    for count, persons in sorted(people.items()):
        # ranks i = n+1 .. n+persons share one count; the sum of 2i over them is persons (2n + persons + 1)
        weighted += count * persons * (2 * n + persons + 1)
        n += persons
        total += count * persons
    return Inequality(n, total, weighted)


class Top(NamedTuple):
    """What the busiest `people` did of everything."""

    people: int
    top: int
    total: int


def top(people: Distribution, p: float) -> Top:
    """What the ceil(n * p) busiest people (at least one) did."""
    size = left = max(1, math.ceil(sum(people.values()) * p))
    done = 0
    for count, persons in sorted(people.items(), reverse=True):
        taken = min(persons, left)
        done += count * taken
        left -= taken
    return Top(size, done, sum(count * persons for count, persons in people.items()))


class Split(NamedTuple):
    """How many people gave nothing, 1 to k contributions, and more than k."""

    none: int
    some: int
    many: int


def split(people: Distribution, k: int) -> Split:
    """How participation divides, to be read beside 90-9-1 (Nielsen)."""
    none = people.get(0, 0)
    many = sum(persons for count, persons in people.items() if count > k)
    return Split(none, sum(people.values()) - none - many, many)


def ratio(part: float, whole: float) -> float | None:
    """part / whole, null when there is no whole."""
    return part / whole if whole else None


# Time to first response ---------------------------------------------------------------------------------


def waited(opened_at: datetime, answered_at: datetime | None) -> int | None:
    """Microseconds until a thread was answered; null while it was not."""
    return None if answered_at is None else (answered_at - opened_at) // timedelta(microseconds=1)


CLOSE = 1e-12
"""How near to a level counts as having reached it: shares are floating-point products."""


class Survival(NamedTuple):
    """Kaplan-Meier quantiles in seconds: null when too many still wait, then more than `observed`."""

    p50: float | None
    p90: float | None
    observed: float | None


def kaplan_meier(answered: Iterable[float], waiting: Iterable[float]) -> Survival:
    """Time to response from what was answered and what still waits (right-censored), both in seconds.

    Between two censorings the share still waiting falls by one part in those at risk with each response, so a
    quantile is found by counting (Kaplan & Meier 1958); at equal times responses come first."""
    times, censorings = sorted(answered), sorted(waiting)
    risk, done, share = len(times) + len(censorings), 0, 1.0
    quantiles: dict[float, float | None] = {}
    for censoring in [*censorings, math.inf]:
        upto = bisect_right(times, censoring, done)
        after = share * (risk - upto + done) / risk if risk else share
        for level in (0.5, 0.1):
            if level not in quantiles and after <= level + CLOSE:
                responses = math.ceil(risk * (1 - (level + CLOSE) / share))
                quantiles[level] = times[done + responses - 1]
        risk, done, share = risk - upto + done - 1, upto, after
        if len(quantiles) == 2:
            break
    observed = max([*times[-1:], *censorings[-1:]], default=None)
    return Survival(quantiles.get(0.5), quantiles.get(0.1), observed)

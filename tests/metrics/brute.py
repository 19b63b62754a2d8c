"""Every roll-up and KPI counted from scratch, by definition, over plain lists: what metrics must equal."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from services.metrics.periods import Step

WINDOWS = (7, 28, 30, 90)


class Act(NamedTuple):
    """Something a person did on a day; `contributes` when it is a contribution or leadership."""

    person: int
    day: int
    contributes: bool


def bucket(step: Step, day: int) -> int:
    """The period a day lies in, numbered as the service numbers it."""
    on = date.fromordinal(day)
    match step:
        case Step.DAY:
            return day
        case Step.WEEK:
            monday = day - on.weekday()
            return (monday - date(1, 1, 1).toordinal()) // 7
        case Step.MONTH:
            return on.year * 12 + on.month - 1
        case Step.ALL:
            return 0


def by_period(acts: Iterable[Act], step: Step) -> dict[int, dict[int, list[Act]]]:
    """Period -> person -> what they did in it."""
    found: dict[int, dict[int, list[Act]]] = defaultdict(lambda: defaultdict(list))
    for act in acts:
        found[bucket(step, act.day)][act.person].append(act)
    return found


def rollups(acts: list[Act]) -> dict[str, dict[tuple[object, ...], object]]:
    """All roll-ups, keyed as the tables are, rows of nothing left out."""
    periods: dict[tuple[object, ...], object] = {}
    histogram: Counter[tuple[object, ...]] = Counter()
    cohort: Counter[tuple[object, ...]] = Counter()
    for step in Step:
        active = by_period(acts, step)
        seen: dict[int, list[int]] = defaultdict(list)
        for number in sorted(active):
            standings: Counter[str] = Counter()
            for person in active[number]:
                before = seen[person]
                standings[
                    "new" if not before else "returning" if before[-1] == number - 1 else "resurrected"
                ] += 1
                before.append(number)
                if step is not Step.ALL:
                    cohort[step, number - before[0], before[0]] += 1
            done = {person: (len(a), sum(x.contributes for x in a)) for person, a in active[number].items()}
            for activities, contributions in done.values():
                histogram[step, number, "activities", activities] += 1
                histogram[step, number, "contributions", contributions] += 1
            periods[step, number] = (
                len(done),
                sum(1 for _, c in done.values() if c),
                sum(a for a, _ in done.values()),
                sum(c for _, c in done.values()),
                standings["new"],
                standings["returning"],
                standings["resurrected"],
            )
    return {"period": periods, "histogram": dict(histogram), "cohort": dict(cohort)}


def trailing(acts: Iterable[Act], window: int, day: int) -> int:
    """People active in the `window` days up to `day`."""
    return len({act.person for act in acts if day - window < act.day <= day})


def dau(acts: list[Act], start: int, end: int) -> float:
    """Mean over calendar days of the people active."""
    return sum(trailing(acts, 1, day) for day in range(start, end)) / (end - start)


def stickiness(acts: list[Act], window: int, start: int, end: int) -> float | None:
    """Mean of dau / mau over the days whose window lies in the interval."""
    shares = []
    for day in range(start + window - 1, end):
        mau = trailing(acts, window, day)
        if mau:
            shares.append(trailing(acts, 1, day) / mau)
    return sum(shares) / len(shares) if shares else None


def gini(values: Iterable[int]) -> float | None:
    """Half the mean absolute difference over the mean: another way to write the coefficient."""
    x = list(values)
    if not sum(x):
        return None
    return sum(abs(a - b) for a in x for b in x) / (2 * len(x) * sum(x))


def top_share(values: Iterable[int], p: float) -> float | None:
    """Share of the ceil(n p) largest values."""
    x = sorted(values, reverse=True)
    return sum(x[: max(1, math.ceil(len(x) * p))]) / sum(x) if sum(x) else None


def retained(acts: list[Act], k: int, start: int, end: int) -> tuple[int, int]:
    """(eligible, returned): first active day in [start, end), and day + k before `end`."""
    days: dict[int, set[int]] = defaultdict(set)
    for act in acts:
        days[act.person].add(act.day)
    firsts = {person: min(on) for person, on in days.items() if start <= min(on) < end - k}
    return len(firsts), sum(1 for person, first in firsts.items() if first + k in days[person])


def kaplan_meier(answered: list[float], waiting: list[float], level: float) -> float | None:
    """Smallest time at which the share still waiting, by the product formula, is at most `level`."""
    share = 1.0
    for time in sorted(set(answered)):
        risk = sum(1 for other in answered + waiting if other >= time)
        share *= 1 - answered.count(time) / risk
        if share <= level + 1e-9:
            return time
    return None


def per_person(acts: Iterable[Act], start: int, end: int) -> Mapping[int, int]:
    """How much each person did in [start, end)."""
    return Counter(act.person for act in acts if start <= act.day < end)


def prefix(changes: Mapping[int, int], day: int) -> int:
    """The sum of a difference array up to and including `day`."""
    days = sorted(changes)
    return sum(changes[at] for at in days[: bisect_left(days, day + 1)])


class Contribution(NamedTuple):
    """One contribution to a thread; `person` is null when nobody knows who."""

    at: datetime
    activity: str
    opens: bool
    person: int | None


class Opening(NamedTuple):
    """How a thread began, and when somebody else first answered."""

    at: datetime
    activity: str
    person: int | None
    answered_at: datetime | None


def opening(contributions: Iterable[Contribution]) -> Opening:
    """A thread's first topic or question, else contribution, and the first later one by another person."""
    ordered = sorted(contributions, key=lambda one: (not one.opens, one.at, one.activity))
    first = ordered[0]
    answers = (
        one.at
        for one in ordered[1:]
        if one.person is not None and one.person != first.person and one.at >= first.at
    )
    return Opening(first.at, first.activity, first.person, min(answers, default=None))


class Held(NamedTuple):
    """An event that took place on a day, and its seats."""

    day: int
    capacity: int | None
    confirmed: int
    checked_in: int
    late_cancelled: int
    offers: int
    offers_accepted: int


def attendance(held: Iterable[Held], start: int, end: int) -> dict[str, float | None]:
    """The metrics of the events in [start, end)."""
    inside = [event for event in held if start <= event.day < end]
    limited = [event for event in inside if event.capacity is not None]

    def share(part: int, whole: int) -> float | None:
        return None if whole == 0 else part / whole

    confirmed, came = sum(e.confirmed for e in inside), sum(e.checked_in for e in inside)
    offers, accepted = sum(e.offers for e in inside), sum(e.offers_accepted for e in inside)
    return {
        "event_attendance_rate": share(came, confirmed),
        "no_show": share(confirmed - came, confirmed),
        "fill": share(sum(e.confirmed for e in limited), sum(e.capacity or 0 for e in limited)),
        "waitlist_conversion": share(accepted, offers),
    }


def reach(came: Iterable[Act], members: int, start: int, end: int) -> float | None:
    """Of the members at the end, as many people as came to an event in [start, end)."""
    people = {act.person for act in came if start <= act.day < end}
    return None if members == 0 else len(people) / members

"""The days of a rule, found by arithmetic on ordinals in a bounded number of steps (RFC 5545, 3.3.10).

The instances are python-dateutil's, which tests compare. It is not asked itself because nothing bounds its
search: for a rule that never matches it looks at every day until the year 9999, which takes seconds. Only
where `BYDAY` mixes `MO` and `1MO` is the RFC followed instead: what either names, not what both do.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from services.events.series.days import (
    chosen,
    month_after,
    month_days,
    month_number,
    of_month,
    of_year,
    weekdays,
)
from services.events.series.rules import Frequency, Rule

STEPS = 12_000
"""What one expansion may take: a day looked at is one, a month or year several; some ten milliseconds."""
LAST_YEAR = 9997
LAST_DAY = date(LAST_YEAR, 12, 31).toordinal()


class OutOfSteps(Exception):
    """Nothing more was found within the steps allowed."""


Period = tuple[int, int, Collection[int]]
"""The first day of a period, how many steps it took, and its matching days."""


def expand(
    rule: Rule,
    start: datetime,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    steps: int = STEPS,
) -> Iterator[datetime]:
    """The instances from `start` on in order, those earlier than `since` possibly left out, up to `before`.

    `OutOfSteps` when the steps run out first.
    """
    clock = start.time()
    named = {name: getattr(rule, name) for name in ("hour", "minute", "second")}
    clock = clock.replace(**{name: value for name, value in named.items() if value is not None})
    skip_to = since.toordinal() if since is not None and since > start and rule.count is None else None
    end = min(filter(None, (rule.until, before)), default=None)
    last = end.toordinal() if end is not None else LAST_DAY
    found = 0
    for first, taken, days in _periods(_completed(rule, start), start.toordinal(), skip_to):
        steps -= taken
        if first > last:
            return
        if steps < 0:
            raise OutOfSteps
        for day in _at(rule.positions, days):
            at = datetime.combine(date.fromordinal(day), clock)
            if at < start:
                continue
            if (rule.until and at > rule.until) or (before and at >= before):
                return
            yield at
            found += 1
            if found == rule.count:
                return


def _completed(rule: Rule, start: datetime) -> Rule:
    """The rule with what its start says where it names no days, at the cheapest frequency for the same."""
    if not (rule.week_numbers or rule.year_days or rule.month_days or rule.weekdays):
        if rule.frequency is Frequency.WEEKLY:
            return replace(rule, weekdays=frozenset({(start.weekday(), 0)}))
        if rule.frequency is Frequency.MONTHLY:
            return replace(rule, month_days=frozenset({start.day}))
        if rule.frequency is Frequency.YEARLY:
            months = rule.months or frozenset({start.month})
            return replace(rule, months=months, month_days=frozenset({start.day}))
    if rule.frequency is Frequency.DAILY and rule.month_days and rule.interval == 1 and not rule.positions:
        return replace(rule, frequency=Frequency.MONTHLY)
    return rule


def _at(positions: frozenset[int], days: Collection[int]) -> Iterable[int]:
    ordered = sorted(days)
    if not positions:
        return ordered
    size = len(ordered)
    places = {p - 1 if p > 0 else size + p for p in positions}
    return [ordered[place] for place in sorted(places) if 0 <= place < size]


def _periods(rule: Rule, start: int, skip_to: int | None) -> Iterator[Period]:
    if rule.frequency is Frequency.DAILY:
        return _daily(rule, start, skip_to)
    if rule.frequency is Frequency.WEEKLY:
        return _weekly(rule, start, skip_to)
    if rule.frequency is Frequency.MONTHLY:
        return _monthly(rule, start, skip_to)
    return _yearly(rule, start, skip_to)


def _skipped(first: int, skip_to: int | None, step: int) -> int:
    """The last of `first`, `first + step`, ... that is not behind `skip_to`."""
    return first if skip_to is None or skip_to < first else first + (skip_to - first) // step * step


def _daily(rule: Rule, start: int, skip_to: int | None) -> Iterator[Period]:
    step, weekdays = rule.interval, {weekday for weekday, _ in rule.weekdays}
    day = _skipped(start, skip_to, step)
    while day <= LAST_DAY:
        on = date.fromordinal(day)
        if rule.months and on.month not in rule.months:
            yield day, 1, ()
            day += -(-(month_after(on) - day) // step) * step
            continue
        fits = not weekdays or (day + 6) % 7 in weekdays
        if fits and rule.month_days:
            fits = on.day in rule.month_days or on.toordinal() - month_after(on) in rule.month_days
        yield day, 1, (day,) if fits else ()
        day += step


def _weekly(rule: Rule, start: int, skip_to: int | None) -> Iterator[Period]:
    """The first week begins with the start: what lies before it has no position (as in python-dateutil)."""
    week = start - (start + 6 - rule.week_start) % 7
    offsets = sorted((weekday - rule.week_start) % 7 for weekday, _ in rule.weekdays)
    at = _skipped(week, skip_to, 7 * rule.interval)
    while at <= LAST_DAY:
        days = [at + offset for offset in offsets if start <= at + offset <= LAST_DAY]
        if rule.months:
            days = [day for day in days if date.fromordinal(day).month in rule.months]
        yield at, 1 + len(offsets), days
        at += 7 * rule.interval


def _monthly(rule: Rule, start: int, skip_to: int | None) -> Iterator[Period]:
    from_month = month_number(start)
    at = _skipped(from_month, skip_to and month_number(skip_to), rule.interval)
    while at // 12 <= LAST_YEAR:
        year, month = divmod(at, 12)
        first, last = of_month(year, month + 1)
        if rule.months and month + 1 not in rule.months:
            yield first, 1, ()
        else:
            looked, days = chosen(month_days(rule, first, last), weekdays(rule, first, last))
            yield first, 5 + looked, days
        at += rule.interval


def _yearly(rule: Rule, start: int, skip_to: int | None) -> Iterator[Period]:
    from_year = date.fromordinal(start).year
    year = _skipped(from_year, skip_to and date.fromordinal(skip_to).year, rule.interval)
    months = len(rule.months or range(12))
    while year <= LAST_YEAR:
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        looked, days = chosen(*of_year(rule, year, first, last))
        yield first, 3 + months + looked, days
        year += rule.interval

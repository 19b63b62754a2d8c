"""Which days of a month or a year the parts of a rule choose, as ordinals (RFC 5545, 3.3.10)."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import pairwise

from services.events.series.rules import Rule


def of_year(rule: Rule, year: int, first: int, last: int) -> Iterator[set[int] | None]:
    """The days each part of the rule chooses; None where it says nothing."""
    months = [of_month(year, month) for month in _months(rule)]
    if rule.month_days:
        yield {day for month in months for day in month_days(rule, *month) or ()}
    if rule.weekdays:
        places = months if rule.months else [(first, last)]
        yield {day for place in places for day in weekdays(rule, *place) or ()}
    if rule.months and not (rule.month_days or rule.weekdays):
        yield {day for begin, end in months for day in range(begin, end + 1)}
    if rule.year_days:
        found = (first - 1 + n if n > 0 else last + 1 + n for n in rule.year_days)
        yield {day for day in found if first <= day <= last}
    if rule.week_numbers:
        yield {day for day in _weeks(rule, year) if first <= day <= last}


def _months(rule: Rule) -> Collection[int]:
    return rule.months or (range(1, 13) if rule.month_days else ())


def _weeks(rule: Rule, year: int) -> Iterator[int]:
    """The days of the chosen weeks that have days in `year`, of the years beside it, too."""
    begins = [_first_week(each, rule.week_start) for each in range(year - 1, year + 3)]
    for begin, next_begin in pairwise(begins):
        weeks = (next_begin - begin) // 7
        for n in rule.week_numbers:
            week = n if n > 0 else weeks + 1 + n
            if 1 <= week <= weeks:
                yield from range(begin + 7 * week - 7, begin + 7 * week)


def _first_week(year: int, week_start: int) -> int:
    """The first day of week 1, the one with at least four days in the year."""
    fourth = date(year, 1, 4).toordinal()
    return fourth - (fourth + 6 - week_start) % 7


def chosen(*parts: set[int] | None) -> tuple[int, Collection[int]]:
    """How many days were looked at, and those that every part chooses."""
    said = [part for part in parts if part is not None]
    return sum(map(len, said)), set.intersection(*said) if said else ()


def month_days(rule: Rule, first: int, last: int) -> set[int] | None:
    if not rule.month_days:
        return None
    found = (first - 1 + n if n > 0 else last + 1 + n for n in rule.month_days)
    return {day for day in found if first <= day <= last}


def weekdays(rule: Rule, first: int, last: int) -> set[int] | None:
    """The days between two that are the weekdays named, all of them or the nth."""
    if not rule.weekdays:
        return None
    days: set[int] = set()
    for weekday, n in rule.weekdays:
        begin = first + (weekday - first - 6) % 7
        if n == 0:
            days.update(range(begin, last + 1, 7))
            continue
        day = begin + 7 * (n - 1) if n > 0 else last - (last + 6 - weekday) % 7 + 7 * (n + 1)
        if first <= day <= last:
            days.add(day)
    return days


def month_number(day: int) -> int:
    on = date.fromordinal(day)
    return on.year * 12 + on.month - 1


def of_month(year: int, month: int) -> tuple[int, int]:
    """The first and the last day."""
    on = date(year, month, 1)
    return on.toordinal(), month_after(on) - 1


def month_after(on: date) -> int:
    """The first day of the month after the one `on` lies in."""
    return date(on.year + on.month // 12, on.month % 12 + 1, 1).toordinal()

"""Calendar periods: ISO weeks, months, cut intervals, days of a time zone."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics import periods
from services.metrics.periods import Step
from tests.metrics import brute

days = st.integers(date(1900, 1, 1).toordinal(), date(2199, 12, 31).toordinal())
STEPS = [Step.DAY, Step.WEEK, Step.MONTH]


@given(days, st.sampled_from(STEPS))
def test_a_day_lies_in_its_period(day: int, step: Step) -> None:
    number = periods.bucket_of(step, day)
    assert number == brute.bucket(step, day)
    assert periods.first_day(step, number) <= day < periods.first_day(step, number + 1)


@given(days)
def test_weeks_are_iso_weeks(day: int) -> None:
    assert date.fromordinal(periods.first_day(Step.WEEK, periods.week_of(day))).isoweekday() == 1


@given(days, st.integers(1, 100), st.sampled_from(list(Step)))
def test_periods_divide_an_interval(start: int, length: int, step: Step) -> None:
    found = list(periods.periods(step, start, start + length))
    assert [found[0].start, found[-1].end] == [start, start + length]
    assert all(left.end == right.start for left, right in pairwise(found))
    assert all(period.start < period.end for period in found)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2024, 3, 31)),
        ("Pacific/Kiritimati", date(2024, 4, 1)),
        ("America/Anchorage", date(2024, 3, 31)),
    ],
)
def test_a_day_is_the_day_of_the_community(zone: str, day: date) -> None:
    at = datetime(2024, 3, 31, 12, 30, tzinfo=UTC)
    assert date.fromordinal(periods.day_of(at, ZoneInfo(zone))) == day


def test_a_day_begins_at_local_midnight() -> None:
    assert periods.midnight(date(2024, 7, 1).toordinal(), ZoneInfo("Europe/Berlin")) == datetime(
        2024, 6, 30, 22, tzinfo=UTC
    )


@given(days, st.integers(0, 60))
def test_the_tail_of_a_day_covers_its_week_and_month(day: int, later: int) -> None:
    tail = periods.tail_of(day)
    for step in (Step.WEEK, Step.MONTH):
        assert tail <= periods.first_day(step, periods.bucket_of(step, day + later))

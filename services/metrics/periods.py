"""Calendar days as ordinals, and the day, week, month or whole history they lie in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Step(StrEnum):
    """How an interval is divided; weeks are ISO weeks."""

    __hash__ = str.__hash__  # part of many keys, and an enumeration's own is far slower

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


def day_of(at: datetime, zone: ZoneInfo) -> int:
    """The ordinal of the calendar day an instant falls on in a time zone."""
    return at.astimezone(zone).toordinal()


def midnight(day: int, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a calendar day begins in a time zone."""
    return datetime.combine(date.fromordinal(day), time(), zone).astimezone(UTC)


def week_of(day: int) -> int:
    """The ISO week of a day, counted from the week of 0001-01-01, which was a Monday."""
    return (day - 1) // 7


@lru_cache(65536)
def month_of(day: int) -> int:
    """The month of a day, counted from January of the year 0."""
    on = date.fromordinal(day)
    return on.year * 12 + on.month - 1


def bucket_of(step: Step, day: int) -> int:
    """The number of the period a day lies in; consecutive periods have consecutive numbers."""
    match step:
        case Step.DAY:
            return day
        case Step.WEEK:
            return week_of(day)
        case Step.MONTH:
            return month_of(day)
        case Step.ALL:
            return 0


def first_day(step: Step, bucket: int) -> int:
    """The day a week, month or day with this number begins on."""
    match step:
        case Step.WEEK:
            return bucket * 7 + 1
        case Step.MONTH:
            return date(bucket // 12, bucket % 12 + 1, 1).toordinal()
        case _:
            return bucket


def tail_of(day: int) -> int:
    """The day from which a history must be known to add activity on or after `day`."""
    return min(first_day(Step.WEEK, week_of(day)), first_day(Step.MONTH, month_of(day)))


class Period(NamedTuple):
    """The part [start, end) of a period that lies in an interval; `bucket` is the whole period's number."""

    step: Step
    bucket: int
    start: int
    end: int

    @property
    def whole(self) -> tuple[int, int]:
        """First day and day after the last of the whole period."""
        if self.step is Step.ALL:
            return self.start, self.end
        return first_day(self.step, self.bucket), first_day(self.step, self.bucket + 1)


def periods(step: Step, start: int, end: int) -> Iterator[Period]:
    """The periods of [start, end), the first and last cut to the interval."""
    if step is Step.ALL:
        yield Period(step, 0, start, end)
        return
    for bucket in range(bucket_of(step, start), bucket_of(step, end - 1) + 1):
        yield Period(step, bucket, max(start, first_day(step, bucket)), min(end, first_day(step, bucket + 1)))

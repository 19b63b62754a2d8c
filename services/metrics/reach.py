"""How many people are active: dau, wau, mau, stickiness, from daily and trailing distinct counts."""

from bisect import bisect_left
from typing import Any

import sqlalchemy as sa

from services.metrics.models import PeriodCount, PersonDay, WindowDelta, table
from services.metrics.periods import Period, Step
from services.metrics.question import Point, Question
from services.metrics.rules import WINDOWS
from services.metrics.windows import Run, between, runs, stickiness, value_on
from shared.store import constant

WEEK = 7


async def dau(question: Question) -> list[Point]:
    """People active on a day; over several days the mean, days without anybody included."""
    if question.asked.step is Step.ALL:
        return [await _mean_over_days(question)]
    days = await active_days(question)
    begins = [day for day, *_ in days]
    points = []
    for period in question.periods():
        inside = days[bisect_left(begins, period.start) : bisect_left(begins, period.end)]
        total, length = sum(active for _, active, _ in inside), period.end - period.start
        inputs = {"sum_of_dau": total, "days": length}
        points.append(Point(period, total / length, sum(activities for *_, activities in inside), inputs))
    return points


async def _mean_over_days(question: Question) -> Point:
    [period] = question.periods()
    given = {"_rollup": question.rollup, "_start": period.start, "_end": period.end}
    sums: Any = await question.tx.one(_SUMS, given)
    length = period.end - period.start
    return Point(period, sums.dau / length, sums.activities, {"sum_of_dau": sums.dau, "days": length})


async def wau(question: Question) -> list[Point]:
    """People active in the 7 days up to a period's last day."""
    return await _trailing(question, WEEK)


async def mau(question: Question) -> list[Point]:
    """People active in the `window` days up to a period's last day."""
    return await _trailing(question, question.asked.window)


async def _trailing(question: Question, window: int) -> list[Point]:
    if question.asked.step is Step.ALL and window in WINDOWS:
        stretches = [await _last_day(question, window)]
    else:
        stretches = await trailing(question, window)
    points = []
    for period in question.periods():
        people = value_on(stretches, period.end - 1)
        points.append(Point(period, people, people, {"people": people, "window": window}))
    return points


async def _last_day(question: Question, window: int) -> Run:
    given = {"_rollup": question.rollup, "_window": window, "_end": question.end}
    sums: Any = await question.tx.one(_LAST, given)
    return Run(question.end - 1, question.end, sums.people)


async def sticky(question: Question) -> list[Point]:
    """Mean of dau / mau over days with a mau; with step=all only those whose window lies inside."""
    window = question.asked.window
    days = [(day, active) for day, active, _ in await active_days(question)]
    begins = [day for day, _ in days]
    stretches = await trailing(question, window)
    points = []
    for period in question.periods():
        start = _whole_window(period, window)
        inside = days[bisect_left(begins, start) : bisect_left(begins, period.end)]
        total, counted = stickiness(inside, between(stretches, start, period.end))
        inputs = {"sum_of_dau_over_mau": total, "days": counted, "window": window}
        points.append(Point(period, total / counted if counted else None, counted, inputs))
    return points


def _whole_window(period: Period, window: int) -> int:
    return min(period.start + window - 1, period.end) if period.step is Step.ALL else period.start


async def active_days(question: Question) -> list[Any]:
    """(day, people active, their activities) of each day of the interval on which anybody was active."""
    given = {"_rollup": question.rollup, "_start": question.start, "_end": question.end}
    return await question.tx.all(_DAYS, given)


async def trailing(question: Question, window: int) -> list[Run]:
    """How many people were active in the `window` days up to each day, as far as the interval reaches."""
    given = {"_rollup": question.rollup, "_window": window, "_end": question.end}
    if window in WINDOWS:
        before: Any = await question.tx.one(_LAST, given | {"_end": question.start})
        after: list[Any] = await question.tx.all(_DELTAS, given | {"_start": question.start})
        deltas = [(question.start, before.people), *after]
    else:
        deltas = await question.tx.all(_SCAN, given | {"_start": question.start - window})
    return runs([*deltas, (question.end, -sum(change for _, change in deltas))])


_period, _delta, _day = table(PeriodCount), table(WindowDelta), table(PersonDay)
_ROLLUP, _START, _END, _WINDOW = (
    sa.bindparam(name, type_=sa.Integer) for name in ("_rollup", "_start", "_end", "_window")
)
_ACTIVE = sa.and_(
    _period.c.rollup == _ROLLUP,
    _period.c.step == Step.DAY,
    _period.c.bucket >= _START,
    _period.c.bucket < _END,
    _period.c.active > 0,
)
_DAYS = constant(
    sa.select(_period.c.bucket, _period.c.active, _period.c.activities)
    .where(_ACTIVE)
    .order_by(_period.c.bucket)
)
_SUMS = constant(
    sa.select(
        sa.func.coalesce(sa.func.sum(_period.c.active), 0).label("dau"),
        sa.func.coalesce(sa.func.sum(_period.c.activities), 0).label("activities"),
    ).where(_ACTIVE)
)
_KEPT = sa.and_(_delta.c.rollup == _ROLLUP, _delta.c.window == _WINDOW, _delta.c.day < _END)
_DELTAS = constant(sa.select(_delta.c.day, _delta.c.change).where(_KEPT, _delta.c.day >= _START))
_LAST = constant(sa.select(sa.func.coalesce(sa.func.sum(_delta.c.change), 0).label("people")).where(_KEPT))


def _scan() -> sa.Select[Any]:
    """The difference array of any window: an active day counts until it expires or the next one does."""
    following = sa.func.lead(_day.c.day).over(partition_by=_day.c.person, order_by=_day.c.day)
    own = (
        sa.select(_day.c.day, (_day.c.day + _WINDOW).label("expiry"), following.label("following"))
        .where(_day.c.rollup == _ROLLUP, _day.c.day >= _START, _day.c.day < _END)
        .subquery()
    )
    until = sa.case((own.c.following < own.c.expiry, own.c.following), else_=own.c.expiry)
    changes = sa.union_all(
        sa.select(own.c.day.label("day"), sa.func.count().label("change")).group_by(own.c.day),
        sa.select(until.label("day"), (-sa.func.count()).label("change")).group_by(until),
    ).subquery()
    return sa.select(changes.c.day, changes.c.change)


_SCAN = constant(_scan())

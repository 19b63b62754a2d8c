"""Who keeps coming back: the retention metric, from cohorts by first active day."""

from bisect import bisect_left
from typing import Any

import sqlalchemy as sa

from services.metrics.models import Cohort, table
from services.metrics.periods import Period, Step, bucket_of
from services.metrics.question import Point, Question
from services.metrics.rules import ratio
from shared.store import constant


async def retention(question: Question) -> list[Point]:
    """Share of those whose first active day lies in a period who were active exactly k days later."""
    k = question.asked.k or 1
    if question.asked.step is Step.ALL:
        [period] = question.periods()
        return [_point(period, k, *await retained(question, k))]
    eligible, returned = await cohorts(question, Step.DAY, 0), await cohorts(question, Step.DAY, k)
    points = []
    for period in question.periods():
        end = min(period.end, question.end - k)
        counts = [_between(days, period.start, end) for days in (eligible, returned)]
        points.append(_point(period, k, counts[0], counts[1]))
    return points


def _point(period: Period, k: int, eligible: int, returned: int) -> Point:
    inputs = {"eligible": eligible, "returned": returned, "k": k}
    return Point(period, ratio(returned, eligible), eligible, inputs)


async def retained(question: Question, k: int) -> tuple[int, int]:
    """Over the interval: whose first day + k lies before its end, and who of them was active on that day."""
    given = {"_rollup": question.rollup, "_start": question.start, "_end": question.end - k, "_offset": k}
    sums: Any = await question.tx.one(_RETAINED, given)
    return sums.eligible, sums.returned


async def cohorts(question: Question, step: Step, offset: int) -> list[tuple[int, int]]:
    """(first day or week, people active `offset` days or weeks later), by the interval's cohorts in order."""
    given = {"_rollup": question.rollup, "_step": step, "_offset": offset}
    given |= {"_start": bucket_of(step, question.start), "_end": bucket_of(step, question.end - 1) + 1}
    rows: list[Any] = await question.tx.all(_COHORTS, given)
    return [(first, people) for first, people in rows]


def _between(cohorts: list[tuple[int, int]], start: int, end: int) -> int:
    """The people of the cohorts in [start, end)."""
    inside = cohorts[bisect_left(cohorts, (start,)) : bisect_left(cohorts, (max(start, end),))]
    return sum(people for _, people in inside)


_cohort = table(Cohort)
_INSIDE = (
    _cohort.c.rollup == sa.bindparam("_rollup", type_=sa.Integer),
    _cohort.c.first >= sa.bindparam("_start", type_=sa.Integer),
    _cohort.c.first < sa.bindparam("_end", type_=sa.Integer),
)
_OFFSET = sa.bindparam("_offset", type_=sa.Integer)
_COHORTS = constant(
    sa.select(_cohort.c.first, _cohort.c.people)
    .where(
        *_INSIDE,
        _cohort.c.step == sa.bindparam("_step", type_=_cohort.c.step.type),
        _cohort.c.offset == _OFFSET,
        _cohort.c.people > 0,
    )
    .order_by(_cohort.c.first)
)


def _people(offset: Any) -> Any:
    people = sa.func.coalesce(sa.func.sum(_cohort.c.people), 0)
    own = sa.select(people).where(*_INSIDE, _cohort.c.step == Step.DAY, _cohort.c.offset == offset)
    return own.scalar_subquery()


_RETAINED = constant(sa.select(_people(0).label("eligible"), _people(_OFFSET).label("returned")))

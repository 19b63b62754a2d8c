"""Who keeps coming back: the retention metric and GET /retention, by first active day or week."""

from bisect import bisect_left
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from annotated_types import Ge, Le, MaxLen
from fastapi import Query

from services.metrics.models import Cohort, table
from services.metrics.periods import Period, Step, bucket_of, first_day
from services.metrics.question import Asked, BadInterval, Point, Question, ask
from services.metrics.rules import ratio
from shared.identity import Actor
from shared.route import Day, Read, Router, View
from shared.store import Tx, constant

router = Router(tags=["metrics"])

DAYS = (1, 7, 30)
WEEKS = tuple(range(13))
CELLS_LIMIT = 20_000
Offset = Annotated[int, Ge(0), Le(3650)]


class By(StrEnum):
    """What a cohort shares: the first active day, or the ISO week of it."""

    DAY = "day"
    WEEK = "week"


async def retention(question: Question) -> list[Point]:
    """Share of those whose first active day lies in a period who were active exactly k days later."""
    k = question.asked.k or 1
    eligible, returned = await _cohorts(question, Step.DAY, 0), await _cohorts(question, Step.DAY, k)
    points = []
    for period in question.periods():
        counts = [
            _between(days, period.start, min(period.end, question.end - k)) for days in (eligible, returned)
        ]
        inputs = {"eligible": counts[0], "returned": counts[1], "k": k}
        points.append(Point(period, ratio(counts[1], counts[0]), counts[0], inputs))
    return points


async def by_day(
    tx: Tx, _actor: Actor, _community_id: UUID, asked: Asked, offsets: list[int]
) -> list[dict[str, Any]]:
    question = await ask(tx, asked)
    eligible = await _cohorts(question, Step.DAY, 0)
    cells = []
    for k in offsets:
        until = question.end - k
        n = _between(eligible, question.start, until)
        returned = _between(await _cohorts(question, Step.DAY, k), question.start, until)
        cells.append({"k": k, "eligible": n, "returned": returned, "rate": ratio(returned, n)})
    return cells


async def by_week(
    tx: Tx, _actor: Actor, _community_id: UUID, asked: Asked, offsets: list[int]
) -> list[dict[str, Any]]:
    question = await ask(tx, asked)
    cohorts = [
        cohort for cohort in await _cohorts(question, Step.WEEK, 0) if _counts_whole(question, cohort[0])
    ]
    if len(cohorts) * len(offsets) > CELLS_LIMIT:
        raise BadInterval(f"more than {CELLS_LIMIT} cells: ask for fewer k or a shorter interval")
    returned = {k: dict(await _cohorts(question, Step.WEEK, k)) for k in offsets}
    cells = []
    for week, people in cohorts:
        for k in offsets:
            if first_day(Step.WEEK, week + k) < question.end and _counts_whole(question, week + k):
                back = returned[k].get(week, 0)
                cell = {"cohort": date.fromordinal(first_day(Step.WEEK, week)), "k": k, "eligible": people}
                cells.append(
                    cell
                    | {"returned": back, "rate": ratio(back, people), "complete": _over(question, week + k)}
                )
    return cells


def _counts_whole(question: Question, week: int) -> bool:
    """Whether no activity of a week lies outside the interval."""
    return question.kept(Period(Step.WEEK, week, *_inside(question, week)))


def _inside(question: Question, week: int) -> tuple[int, int]:
    start, end = first_day(Step.WEEK, week), first_day(Step.WEEK, week + 1)
    return max(start, question.start), min(end, question.end)


def _over(question: Question, week: int) -> bool:
    return question.settled and first_day(Step.WEEK, week + 1) <= min(question.end, question.today)


async def _cohorts(question: Question, step: Step, offset: int) -> list[tuple[int, int]]:
    """(first day or week, people active `offset` days or weeks later), by the interval's cohorts in order."""
    given = {"_rollup": question.rollup, "_step": step, "_offset": offset}
    given |= {"_start": bucket_of(step, question.start), "_end": bucket_of(step, question.end - 1) + 1}
    rows: list[Any] = await question.tx.all(_COHORTS, given)
    return [(first, people) for first, people in rows]


def _between(cohorts: list[tuple[int, int]], start: int, end: int) -> int:
    """The people of the cohorts in [start, end)."""
    inside = cohorts[bisect_left(cohorts, (start,)) : bisect_left(cohorts, (max(start, end),))]
    return sum(people for _, people in inside)


class RetentionCell(View):
    """Of the `eligible` people, `returned` were active k days (weeks) after their first."""

    k: int
    eligible: int
    returned: int
    rate: float | None


class CohortCell(RetentionCell):
    """One cell of the triangle; not `complete` while the week it counts is not over."""

    cohort: date
    complete: bool


@router.get("/v1/communities/{community_id}/retention", allows="metrics.read")
async def get_retention(
    community_id: UUID,
    read: Read,
    by: By = By.DAY,
    k: Annotated[list[Offset] | None, MaxLen(60), Query()] = None,
    from_: Annotated[Day | None, Query(alias="from")] = None,
    to: Day | None = None,
) -> list[CohortCell] | list[RetentionCell]:
    handler, offsets = (by_day, k or DAYS) if by is By.DAY else (by_week, k or WEEKS)
    return await read(handler, community_id, Asked(from_, to, Step.ALL), list(dict.fromkeys(offsets)))


_cohort = table(Cohort)
_COHORTS = constant(
    sa.select(_cohort.c.first, _cohort.c.people)
    .where(
        _cohort.c.rollup == sa.bindparam("_rollup", type_=sa.Integer),
        _cohort.c.step == sa.bindparam("_step", type_=_cohort.c.step.type),
        _cohort.c.offset == sa.bindparam("_offset", type_=sa.Integer),
        _cohort.c.first >= sa.bindparam("_start", type_=sa.Integer),
        _cohort.c.first < sa.bindparam("_end", type_=sa.Integer),
        _cohort.c.people > 0,
    )
    .order_by(_cohort.c.first)
)

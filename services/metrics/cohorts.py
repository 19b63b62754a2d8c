"""Show who keeps coming back: GET /retention -> by day, or the triangle of cohorts by week."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from annotated_types import Ge, Le, MaxLen
from fastapi import Query

from services.metrics.periods import Period, Step, first_day
from services.metrics.question import Asked, BadInterval, Question, ask
from services.metrics.retention import cohorts, retained
from services.metrics.rules import ratio
from shared.identity import Actor
from shared.route import Day, Read, Router, View
from shared.store import Tx

router = Router(tags=["metrics"])

DAYS = (1, 7, 30)
WEEKS = tuple(range(13))
CELLS_LIMIT = 20_000
Offset = Annotated[int, Ge(0), Le(3650)]


class By(StrEnum):
    """What a cohort shares: the first active day, or the ISO week of it."""

    DAY = "day"
    WEEK = "week"


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


async def by_day(
    tx: Tx, _actor: Actor, _community_id: UUID, asked: Asked, offsets: list[int]
) -> list[dict[str, Any]]:
    question = await ask(tx, asked)
    cells = []
    for k in offsets:
        eligible, returned = await retained(question, k)
        rate = ratio(returned, eligible)
        cells.append({"k": k, "eligible": eligible, "returned": returned, "rate": rate})
    return cells


async def by_week(
    tx: Tx, _actor: Actor, _community_id: UUID, asked: Asked, offsets: list[int]
) -> list[dict[str, Any]]:
    question = await ask(tx, asked)
    first_weeks = [
        cohort for cohort in await cohorts(question, Step.WEEK, 0) if _counts_whole(question, cohort[0])
    ]
    if len(first_weeks) * len(offsets) > CELLS_LIMIT:
        raise BadInterval(f"more than {CELLS_LIMIT} cells: ask for fewer k or a shorter interval")
    returned = {k: dict(await cohorts(question, Step.WEEK, k)) for k in offsets}
    cells = []
    for week, people in first_weeks:
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

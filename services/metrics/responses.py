"""How long people wait for a first answer: first_response, Kaplan-Meier over the threads of a period."""

from bisect import bisect_left
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.metrics.models import Community, Thread, table
from services.metrics.periods import Period, Step, midnight
from services.metrics.question import Point, Question
from services.metrics.rules import kaplan_meier, ratio
from shared.store import constant, scope


async def first_response(question: Question) -> list[Point]:
    """Seconds from opening a thread to the first later contribution of another person, the median first.

    A thread nobody answered waits until the latest activity known (right-censored), so that the value is a
    function of the facts alone. A quantile that is not reached is null and lies above `observed`."""
    if question.asked.step is Step.ALL:
        [period] = question.periods()
        return [await _over(question, period)]
    given = _interval(question, question.start, question.end)
    threads: list[Any] = await question.tx.all(_OPENED, given)
    begins = [row.opened_at for row in threads]
    horizon = await horizon_of(question)
    points = []
    for period in question.periods():
        start, end = (bisect_left(begins, midnight(day, question.zone)) for day in (period.start, period.end))
        inside = threads[start:end]
        answered = [row.waited for row in inside if row.waited is not None]
        points.append(
            _point(period, answered, [row.opened_at for row in inside if row.waited is None], horizon)
        )
    return points


async def _over(question: Question, period: Period) -> Point:
    """The same for one period, without looking at when an answered thread was opened."""
    given = _interval(question, period.start, period.end)
    answered: list[Any] = await question.tx.all(_ANSWERED, given)
    waiting: list[Any] = await question.tx.all(_WAITING, given)
    horizon = await horizon_of(question)
    return _point(
        period, [waited for (waited,) in answered], [opened_at for (opened_at,) in waiting], horizon
    )


def _point(period: Period, answered: list[int], open_since: list[datetime], horizon: datetime) -> Point:
    """`answered` in microseconds, as they are kept; everything that is shown is in seconds."""
    waiting = [max(0.0, (horizon - opened_at).total_seconds()) for opened_at in open_since]
    return survival(period, [microseconds / 1e6 for microseconds in answered], waiting, "unanswered_share")


def survival(period: Period, over: list[float], waiting: list[float], share: str) -> Point:
    """How long it took until it was over, and what still waits, in seconds; `share` is of what waits."""
    found = kaplan_meier(over, waiting)
    n = len(over) + len(waiting)
    parts = found._asdict() | {share: ratio(len(waiting), n)}
    inputs = {"items": n, "answered": len(over), "waiting": len(waiting), **found._asdict()}
    return Point(period, found.p50, n, inputs, parts)


def _interval(question: Question, start: int, end: int) -> dict[str, Any]:
    zone = question.zone
    return {"_rollup": question.rollup, "_start": midnight(start, zone), "_end": midnight(end, zone)}


async def horizon_of(question: Question) -> datetime:
    """The time of the latest activity known: up to then what waits has been seen waiting."""
    community: Any = await question.tx.first(_HORIZON)
    known: datetime | None = community.horizon if community else None
    return known or question.tx.now


_community, _thread = table(Community), table(Thread)
_WAITED = _thread.c.waited_microseconds
_MOMENT = _thread.c.opened_at.type
_INSIDE = (
    _thread.c.rollup == sa.bindparam("_rollup", type_=sa.Integer),
    _thread.c.opened_at >= sa.bindparam("_start", type_=_MOMENT),
    _thread.c.opened_at < sa.bindparam("_end", type_=_MOMENT),
)
_HORIZON = constant(sa.select(_community.c.horizon).where(scope(Community)))
_OPENED = constant(
    sa.select(_thread.c.opened_at, _WAITED.label("waited")).where(*_INSIDE).order_by(_thread.c.opened_at)
)
_ANSWERED = constant(sa.select(_WAITED).where(*_INSIDE, _WAITED.is_not(None)))
_WAITING = constant(sa.select(_thread.c.opened_at).where(*_INSIDE, _WAITED.is_(None)))

"""How long people wait for a first answer: first_response, Kaplan-Meier over the threads of a period."""

from bisect import bisect_left
from typing import Any

import sqlalchemy as sa

from services.metrics.models import Community, Thread, table
from services.metrics.periods import midnight
from services.metrics.question import Point, Question
from services.metrics.rules import kaplan_meier, ratio
from shared.store import constant, scope


async def first_response(question: Question) -> list[Point]:
    """Seconds from opening a thread to the first later contribution of another person, the median first.

    A thread nobody answered waits until the latest activity known (right-censored), so that the value is a
    function of the facts alone. A quantile that is not reached is null and lies above `observed`."""
    horizon: Any = await question.tx.first(_HORIZON)
    given = {
        "_rollup": question.rollup,
        "_start": midnight(question.start, question.zone),
        "_end": midnight(question.end, question.zone),
    }
    threads: list[Any] = await question.tx.all(_OPENED, given)
    begins = [row.opened_at for row in threads]
    points = []
    for period in question.periods():
        start, end = (bisect_left(begins, midnight(day, question.zone)) for day in (period.start, period.end))
        inside = threads[start:end]
        answered = [(row.answered_at - row.opened_at).total_seconds() for row in inside if row.answered_at]
        waiting = [(horizon.horizon - row.opened_at).total_seconds() for row in inside if not row.answered_at]
        found = kaplan_meier(answered, [max(0.0, seconds) for seconds in waiting])
        parts = found._asdict() | {"unanswered_share": ratio(len(waiting), len(inside))}
        inputs = {"items": len(inside), "answered": len(answered), "waiting": len(waiting), **found._asdict()}
        points.append(Point(period, found.p50, len(inside), inputs, parts))
    return points


_community, _thread = table(Community), table(Thread)
_MOMENT = _thread.c.opened_at.type
_HORIZON = constant(sa.select(_community.c.horizon).where(scope(Community)))
_OPENED = constant(
    sa.select(_thread.c.opened_at, _thread.c.answered_at)
    .where(
        _thread.c.rollup == sa.bindparam("_rollup", type_=sa.Integer),
        _thread.c.opened_at >= sa.bindparam("_start", type_=_MOMENT),
        _thread.c.opened_at < sa.bindparam("_end", type_=_MOMENT),
    )
    .order_by(_thread.c.opened_at)
)

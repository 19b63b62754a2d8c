"""Who comes, stays, comes back and goes quiet: lifecycle, from the standing of everybody active."""

from typing import Any

import sqlalchemy as sa

from services.metrics.models import PeriodCount, Person, PersonDay, table
from services.metrics.periods import Period, Step, first_day
from services.metrics.question import Point, Question
from services.metrics.rules import ratio
from shared.store import constant


async def lifecycle(question: Question) -> list[Point]:
    """New, returning, resurrected and dormant people; the value is the quick ratio."""
    given = {"_rollup": question.rollup, "_step": question.asked.step}
    periods = question.periods()
    given |= {"_start": periods[0].bucket - 1, "_end": periods[-1].bucket + 1}
    rows: list[Any] = await question.tx.all(_KEPT, given)
    kept = {row.bucket: row for row in rows}
    points = []
    for period in periods:
        if question.kept(period):
            now, before = kept.get(period.bucket), kept.get(period.bucket - 1)
            active, new, returning = (now.active, now.newcomers, now.returners) if now else (0, 0, 0)
            active_before = before.active if before else 0
        else:
            active, new, returning, active_before = await _scan(question, period)
        counts = {
            "new": new,
            "returning": returning,
            "resurrected": active - new - returning,
            "dormant": active_before - returning,
        }
        quick_ratio = ratio(new + counts["resurrected"], counts["dormant"])
        points.append(Point(period, quick_ratio, active, dict(counts), counts))
    return points


async def _scan(question: Question, period: Period) -> tuple[int, int, int, int]:
    """The same by counting; before the whole of a cut interval lies one of the same length."""
    if period.step is Step.ALL:
        before = 2 * period.start - period.end
    else:
        before = first_day(period.step, period.bucket - 1)
    until = period.start if period.step is Step.ALL else period.whole[0]
    given = {"_rollup": question.rollup, "_start": period.start, "_end": period.end}
    given |= {"_before": before, "_until": until}
    counts: Any = await question.tx.one(_SCAN, given)
    return counts.active, counts.newcomers, counts.returners, counts.active_before


_period, _person, _day = table(PeriodCount), table(Person), table(PersonDay)
_ROLLUP, _START, _END, _BEFORE, _UNTIL = (
    sa.bindparam(name, type_=sa.Integer) for name in ("_rollup", "_start", "_end", "_before", "_until")
)
_KEPT = constant(
    sa.select(_period.c.bucket, _period.c.active, _period.c.newcomers, _period.c.returners).where(
        _period.c.rollup == _ROLLUP,
        _period.c.step == sa.bindparam("_step", type_=_period.c.step.type),
        _period.c.bucket >= _START,
        _period.c.bucket < _END,
    )
)


def _active(start: sa.BindParameter[int], end: sa.BindParameter[int]) -> sa.Select[Any]:
    found = sa.select(_day.c.person).where(_day.c.rollup == _ROLLUP, _day.c.day >= start, _day.c.day < end)
    return found.distinct()


def _count(people: Any) -> Any:
    return sa.select(sa.func.count()).select_from(people.subquery()).scalar_subquery()


_SCAN = constant(
    sa.select(
        _count(_active(_START, _END)).label("active"),
        _count(_active(_BEFORE, _UNTIL)).label("active_before"),
        _count(sa.intersect(_active(_START, _END), _active(_BEFORE, _UNTIL))).label("returners"),
        _count(
            sa.select(_person.c.person).where(
                _person.c.rollup == _ROLLUP, _person.c.first_day >= _START, _person.c.first_day < _END
            )
        ).label("newcomers"),
    )
)

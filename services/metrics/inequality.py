"""How unevenly people take part: gini, top_share, participation_split, contribution_rate, from histograms."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from services.metrics import rules
from services.metrics.footprint import Measure
from services.metrics.models import Histogram, PersonDay, table
from services.metrics.periods import Period
from services.metrics.question import Counted, Point, Question
from services.metrics.rules import Distribution, ratio
from shared.store import constant

REGULARS = 9
"""participation_split's k: up to 9 contributions is "some", more is "many"."""


async def gini(question: Question) -> list[Point]:
    """Gini coefficient of what people did."""
    points = []
    for period, people in await distributions(question, question.asked.measure):
        found = rules.inequality(people)
        points.append(Point(period, found.gini, found.people, found._asdict()))
    return points


async def top_share(question: Question) -> list[Point]:
    """Share of everything that the busiest ceil(n * p) people did."""
    points = []
    for period, people in await distributions(question, question.asked.measure):
        top = rules.top(people, question.asked.p)
        inputs = {"top": top.top, "total": top.total, "top_people": top.people}
        points.append(Point(period, ratio(top.top, top.total), sum(people.values()), inputs))
    return points


async def participation_split(question: Question) -> list[Point]:
    """Shares of active people with no, 1 to k, and more than k contributions; the value is the last."""
    points = []
    for period, people in await distributions(question, Counted.CONTRIBUTIONS_ALL):
        split, n = rules.split(people, question.asked.k or REGULARS), sum(people.values())
        top = rules.top(people, 0.01)
        shares = {name: ratio(count, n) for name, count in split._asdict().items()}
        parts = shares | {"top1_share": ratio(top.top, top.total)}
        points.append(Point(period, shares["many"], n, split._asdict() | {"people": n}, parts))
    return points


async def contribution_rate(question: Question) -> list[Point]:
    """Share of active people who contributed."""
    points = []
    for period, people in await distributions(question, Counted.CONTRIBUTIONS_ALL):
        n = sum(people.values())
        contributors = n - people.get(0, 0)
        inputs = {"contributors": contributors, "active": n}
        points.append(Point(period, ratio(contributors, n), n, inputs))
    return points


async def distributions(question: Question, counted: Counted) -> list[tuple[Period, Distribution]]:
    """How many people did how much in each period: from histograms, or by counting where a period was cut."""
    measure = Measure.ACTIVITIES if counted is Counted.ACTIVITIES else Measure.CONTRIBUTIONS
    periods = question.periods()
    kept: dict[int, Counter[int]] = {p.bucket: Counter() for p in periods if question.kept(p)}
    if kept:
        given = {"_rollup": question.rollup, "_step": question.asked.step, "_measure": measure}
        given |= {"_start": min(kept), "_end": max(kept) + 1}
        rows: list[Any] = await question.tx.all(_KEPT, given)
        for bucket, count, people in rows:
            if bucket in kept:
                kept[bucket][count] = people
    found: list[tuple[Period, Distribution]] = []
    for period in periods:
        people_by_count = kept.get(period.bucket)
        if people_by_count is None:
            people_by_count = await _scan(question, measure, period)
        if counted is Counted.CONTRIBUTIONS:
            people_by_count.pop(0, None)
        found.append((period, people_by_count))
    return found


async def _scan(question: Question, measure: Measure, period: Period) -> Counter[int]:
    given = {"_rollup": question.rollup, "_start": period.start, "_end": period.end}
    rows: list[Any] = await question.tx.all(_SCANS[measure], given)
    return Counter(dict(rows))


_histogram, _day = table(Histogram), table(PersonDay)
_ROLLUP, _START, _END = (sa.bindparam(name, type_=sa.Integer) for name in ("_rollup", "_start", "_end"))
_KEPT = constant(
    sa.select(_histogram.c.bucket, _histogram.c.count, _histogram.c.people).where(
        _histogram.c.rollup == _ROLLUP,
        _histogram.c.step == sa.bindparam("_step", type_=_histogram.c.step.type),
        _histogram.c.measure == sa.bindparam("_measure", type_=_histogram.c.measure.type),
        _histogram.c.bucket >= _START,
        _histogram.c.bucket < _END,
        _histogram.c.people > 0,
    )
)


def _scanning(column: sa.Column[Any]) -> sa.Select[Any]:
    each = (
        sa.select(sa.func.sum(column).label("count"))
        .where(_day.c.rollup == _ROLLUP, _day.c.day >= _START, _day.c.day < _END)
        .group_by(_day.c.person)
        .subquery()
    )
    return constant(sa.select(each.c.count, sa.func.count()).group_by(each.c.count))


_SCANS = {
    Measure.ACTIVITIES: _scanning(_day.c.activities),
    Measure.CONTRIBUTIONS: _scanning(_day.c.contributions),
}

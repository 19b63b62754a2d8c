"""Who belongs and what they make: growth_net and content_count, from counts of kinds per day."""

from bisect import bisect_left
from typing import Any

import sqlalchemy as sa

from services.metrics.models import KindDay, table
from services.metrics.question import Point, Question
from services.metrics.rules import MEMBERSHIP_KINDS, ActivityClass, class_of, ratio
from shared.store import constant


async def growth_net(question: Question) -> list[Point]:
    """(joined + rejoined - left) / members at the start of the period."""
    given = {"_rollup": question.rollup, "_end": question.end, "_kinds": list(MEMBERSHIP_KINDS)}
    days: list[Any] = await question.tx.all(_MEMBERSHIP, given)
    begins = [row.day for row in days]
    points, members, at = [], 0, 0
    for period in question.periods():
        start, end = bisect_left(begins, period.start), bisect_left(begins, period.end)
        members += _net(_count(days[at:start]))
        counts = _count(days[start:end])
        inputs = counts | {"members_at_start": members}
        points.append(Point(period, ratio(_net(counts), members), members, inputs, dict(counts)))
        members, at = members + _net(counts), end
    return points


def _count(rows: list[Any]) -> dict[str, int]:
    return {kind: sum(row.people for row in rows if row.kind == kind) for kind in MEMBERSHIP_KINDS}


def _net(counts: dict[str, int]) -> int:
    return counts["joined"] + counts["rejoined"] - counts["left"]


async def content_count(question: Question) -> list[Point]:
    """Contributions made by people, by kind; what nobody known made stands beside it."""
    given = {"_rollup": question.rollup, "_start": question.start, "_end": question.end}
    rows: list[Any] = await question.tx.all(_KINDS, given)
    days = [row for row in rows if class_of(row.kind) is ActivityClass.CONTRIBUTION]
    begins = [row.day for row in days]
    points = []
    for period in question.periods():
        by_kind: dict[str, int] = {}
        unattributed = 0
        for row in days[bisect_left(begins, period.start) : bisect_left(begins, period.end)]:
            if row.people:
                by_kind[row.kind] = by_kind.get(row.kind, 0) + row.people
            unattributed += row.nobody
        total = sum(by_kind.values())
        parts = {"by_kind": by_kind, "unattributed": unattributed}
        points.append(Point(period, total, total, {"by_kind": by_kind}, parts))
    return points


_kind = table(KindDay)
_ROLLUP, _START, _END = (sa.bindparam(name, type_=sa.Integer) for name in ("_rollup", "_start", "_end"))
_MEMBERSHIP = constant(
    sa.select(_kind.c.day, _kind.c.kind, _kind.c.people)
    .where(
        _kind.c.rollup == _ROLLUP,
        _kind.c.kind.in_(sa.bindparam("_kinds", type_=sa.String, expanding=True)),
        _kind.c.day < _END,
    )
    .order_by(_kind.c.day)
)
_KINDS = constant(
    sa.select(_kind.c.day, _kind.c.kind, _kind.c.people, _kind.c.nobody)
    .where(_kind.c.rollup == _ROLLUP, _kind.c.day >= _START, _kind.c.day < _END)
    .order_by(_kind.c.day)
)

"""Who belongs and what they make: growth_net and content_count, from counts of kinds per day."""

from bisect import bisect_left
from typing import Any

import sqlalchemy as sa

from services.metrics.models import KindDay, table
from services.metrics.periods import Period, Step
from services.metrics.question import Point, Question
from services.metrics.rules import MEMBERSHIP_KINDS, ActivityClass, class_of, ratio
from shared.store import constant


async def growth_net(question: Question) -> list[Point]:
    """(joined + rejoined - left) / members at the start of the period."""
    points = []
    for period, counts, members in await memberships(question):
        before = members - _net(counts)
        inputs = counts | {"members_at_start": before}
        points.append(Point(period, ratio(_net(counts), before), before, inputs, dict(counts)))
    return points


async def memberships(question: Question) -> list[tuple[Period, dict[str, int], int]]:
    """Each period, who joined, rejoined and left in it, and how many members there are at its end."""
    before = await kinds(question, 0, question.start)
    members = _net(_by_membership(before))
    rows = await kinds(question, question.start, question.end)
    begins = [row.day for row in rows]
    found = []
    for period in question.periods():
        inside = rows[bisect_left(begins, period.start) : bisect_left(begins, period.end)]
        counts = _by_membership(inside)
        members += _net(counts)
        found.append((period, counts, members))
    return found


def _by_membership(rows: list[Any]) -> dict[str, int]:
    return {kind: sum(row.people for row in rows if row.kind == kind) for kind in MEMBERSHIP_KINDS}


def _net(counts: dict[str, int]) -> int:
    return counts["joined"] + counts["rejoined"] - counts["left"]


async def content_count(question: Question) -> list[Point]:
    """Contributions made by people, by kind; what nobody known made stands beside it."""
    found = await kinds(question, question.start, question.end)
    rows = [row for row in found if class_of(row.kind) is ActivityClass.CONTRIBUTION]
    begins = [row.day for row in rows]
    points = []
    for period in question.periods():
        by_kind: dict[str, int] = {}
        unattributed = 0
        for row in rows[bisect_left(begins, period.start) : bisect_left(begins, period.end)]:
            if row.people:
                by_kind[row.kind] = by_kind.get(row.kind, 0) + row.people
            unattributed += row.nobody
        total = sum(by_kind.values())
        parts = {"by_kind": by_kind, "unattributed": unattributed}
        points.append(Point(period, total, total, {"by_kind": by_kind}, parts))
    return points


async def kinds(question: Question, start: int, end: int) -> list[Any]:
    """(day, kind, people, nobody) in the order of days; all on the first day where days do not matter."""
    given = {"_rollup": question.rollup, "_start": start, "_end": end}
    whole = question.asked.step is Step.ALL or end == question.start
    return await question.tx.all(_TOGETHER if whole else _DAILY, given)


_kind = table(KindDay)
_ROLLUP, _START, _END = (sa.bindparam(name, type_=sa.Integer) for name in ("_rollup", "_start", "_end"))
_INSIDE = (_kind.c.rollup == _ROLLUP, _kind.c.day >= _START, _kind.c.day < _END)
_DAILY = constant(
    sa.select(_kind.c.day, _kind.c.kind, _kind.c.people, _kind.c.nobody).where(*_INSIDE).order_by(_kind.c.day)
)
_TOGETHER = constant(
    sa.select(
        _START.label("day"),
        _kind.c.kind,
        sa.func.sum(_kind.c.people).label("people"),
        sa.func.sum(_kind.c.nobody).label("nobody"),
    )
    .where(*_INSIDE)
    .group_by(_kind.c.kind)
)

"""A question about a community's numbers: which days, divided how, with which parameters."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.metrics.lives import Life
from services.metrics.models import (
    Community,
    EventTally,
    KindDay,
    LifeTurn,
    PeriodCount,
    Rollup,
    table,
)
from services.metrics.periods import Period, Step, day_of, periods
from services.metrics.rules import Searched
from shared.problems import Unprocessable
from shared.store import Tx, constant, scope

POINTS_LIMIT = 4000
EARLIEST, LATEST = date(1900, 1, 1).toordinal(), date(2200, 1, 1).toordinal()


class BadInterval(Unprocessable):
    """The interval is empty, out of reach, or divided into too many points."""

    title = "Interval not possible"


class Counted(StrEnum):
    """What is counted: all activities, contributions, or contributions with those who made none."""

    ACTIVITIES = "activities"
    CONTRIBUTIONS = "contributions"
    CONTRIBUTIONS_ALL = "contributions_all"


class About(StrEnum):
    """Which activities, or what else, stand behind a metric."""

    PEOPLE = "people"
    CONTENT = "content"
    THREADS = "threads"
    MEMBERS = "members"
    ATTENDANCE = "attendance"
    EVENTS = "events"
    ARTICLES = "articles"
    QUESTIONS = "questions"
    INQUIRIES = "inquiries"
    SEARCHES = "searches"


LIVES = {About.ARTICLES: Life.ARTICLE, About.QUESTIONS: Life.QUESTION, About.INQUIRIES: Life.INQUIRY}
"""Whose turns stand behind a metric."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The query as given; null means the default."""

    start: date | None = None
    end: date | None = None
    step: Step = Step.DAY
    window: int = 28
    measure: Counted = Counted.ACTIVITIES
    p: float = 0.01
    k: int | None = None


@dataclass(slots=True)
class Point:
    """A value and what it was computed from; `parts` are named values that belong beside it."""

    period: Period
    value: float | None
    n: int
    inputs: dict[str, Any]
    parts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question; days are ordinals, `first` and `last` the span of what it is about."""

    tx: Tx
    asked: Asked
    rollup: int
    zone: ZoneInfo
    settled: bool
    high_water: int
    today: int
    start: int
    end: int
    first: int
    last: int

    def periods(self) -> list[Period]:
        """The periods a value is wanted for, in order."""
        return list(periods(self.asked.step, self.start, self.end))

    def kept(self, period: Period) -> bool:
        """Whether the roll-up's row of the whole period counts exactly the part that was asked for."""
        if period.step is Step.ALL:
            return period.start <= self.first and self.last < period.end
        start, end = period.whole
        begins = start == period.start or period.start <= self.first
        return begins and (end == period.end or self.last < period.end)

    def complete(self, period: Period) -> bool:
        """Whether the period is over, and counted in the community's own time zone."""
        return self.settled and period.end <= self.today


async def ask(tx: Tx, asked: Asked, about: About = About.PEOPLE) -> Question:
    """The question against the live roll-up; from and to default to the span of what it is about."""
    community: Any = await tx.first(_COMMUNITY)
    no, zone = (community.live, ZoneInfo(community.rollup_zone)) if community else (0, ZoneInfo("UTC"))
    today = day_of(tx.now, zone)
    span: Any = await tx.one(_SPANS.get(about, _SPAN), {"_rollup": no, "_life": LIVES.get(about)})
    days = (day_of(at, zone) if isinstance(at, datetime) else at for at in span if at is not None)
    first, last = next(days, today), next(days, today)
    if about is About.ARTICLES:
        last = max(last, today)  # articles become stale while nothing happens
    start = first if asked.start is None else asked.start.toordinal()
    end = max(last, start) + 1 if asked.end is None else asked.end.toordinal()
    check(start, end, asked.step)
    settled = community is None or community.timezone == community.rollup_zone
    high_water = community.high_water if community else 0
    return Question(tx, asked, no, zone, settled, high_water, today, start, end, first, last)


def check(start: int, end: int, step: Step) -> None:
    """Raise unless [start, end) holds at least a day and at most `POINTS_LIMIT` points."""
    if end <= start:
        raise BadInterval("`to` must be after `from`")
    if start < EARLIEST or end > LATEST:
        raise BadInterval("dates lie between 1900 and 2200")
    days = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28}.get(step)
    if days is not None and (end - start) / days > POINTS_LIMIT:
        raise BadInterval(f"more than {POINTS_LIMIT} points: take a longer step or a shorter interval")


_community, _rollup, _period = table(Community), table(Rollup), table(PeriodCount)
_turn, _kind = table(LifeTurn), table(KindDay)


def _from_to(column: "sa.Column[Any]", *where: Any) -> "sa.Select[Any]":
    first, last = (edge(column, type_=column.type) for edge in (sa.func.min, sa.func.max))
    return constant(sa.select(first.label("first"), last.label("last")).where(*where))


_COMMUNITY = constant(
    sa.select(*_community.c, _rollup.c.timezone.label("rollup_zone"))
    .join(
        _rollup,
        sa.and_(_rollup.c.no == _community.c.live, _rollup.c.community_id == _community.c.community_id),
    )
    .where(scope(Community))
)
_ROLLUP = sa.bindparam("_rollup", type_=sa.Integer)
_SPAN = _from_to(
    _period.c.bucket, _period.c.rollup == _ROLLUP, _period.c.step == Step.DAY, _period.c.active > 0
)
_LIVES = _from_to(_turn.c.at, scope(LifeTurn), _turn.c.life == sa.bindparam("_life", type_=_turn.c.life.type))
_SPANS = dict.fromkeys(LIVES, _LIVES) | {
    About.EVENTS: _from_to(table(EventTally).c.starts_at, scope(EventTally)),
    About.SEARCHES: _from_to(
        _kind.c.day,
        _kind.c.rollup == _ROLLUP,
        _kind.c.kind == Searched.PERFORMED.value,
        _kind.c.nobody > 0,
    ),
}

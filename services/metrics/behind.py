"""Which facts stand behind a value: those that told of what it counts, and the latest of them."""

from typing import Any

import sqlalchemy as sa

from services.metrics.models import Activity, EventTally, LifeTurn, Source, table
from services.metrics.periods import midnight
from services.metrics.question import EARLIEST, LIVES, About, Point, Question
from services.metrics.rules import ATTENDANCE, CLASSES, MEMBERSHIP_KINDS, ActivityClass, Searched
from shared.store import constant, scope

SAMPLE = 10


async def told_of(question: Question, about: About, point: Point) -> dict[str, Any]:
    """The facts that told of what is in the period, and before it in its window, or ever of articles."""
    end = point.period.end
    start = min(point.period.start, end - int(point.inputs.get("window", 0)))
    if about is About.ARTICLES:
        start = EARLIEST
    given = {"_start": midnight(start, question.zone), "_end": midnight(end, question.zone)}
    aggregates: list[Any] = await question.tx.all(_AGGREGATES[about], given)
    latest: list[Any] = await question.tx.all(_LATEST[about], given)
    return {"facts": sum(row.facts for row in aggregates), "aggregates": aggregates, "latest": latest}


_activity, _tally, _turn, _source = table(Activity), table(EventTally), table(LifeTurn), table(Source)
_ACTIVITIES = (scope(Activity), _activity.c.retracted.is_(False))
_BEHIND: dict[About, tuple[Any, ...]] = {
    About.PEOPLE: (*_ACTIVITIES, _activity.c.subject.is_not(None), _activity.c.kind.not_in(MEMBERSHIP_KINDS)),
    About.CONTENT: (
        *_ACTIVITIES,
        _activity.c.kind.not_in(
            [kind for kind, class_ in CLASSES.items() if class_ is not ActivityClass.CONTRIBUTION]
        ),
    ),
    About.THREADS: (*_ACTIVITIES, _activity.c.thread.is_not(None)),
    About.MEMBERS: (*_ACTIVITIES, _activity.c.kind.in_(MEMBERSHIP_KINDS)),
    About.ATTENDANCE: (*_ACTIVITIES, _activity.c.subject.is_not(None), _activity.c.kind == ATTENDANCE),
    About.EVENTS: (scope(EventTally),),
    About.SEARCHES: (*_ACTIVITIES, _activity.c.kind.in_([one.value for one in Searched])),
} | {about: (scope(LifeTurn), _turn.c.life == life) for about, life in LIVES.items()}


def _moment(about: About) -> "sa.Column[Any]":
    if about in LIVES:
        return _turn.c.at
    return _tally.c.starts_at if about is About.EVENTS else _activity.c.at


def _told(columns: list[Any], about: About) -> sa.Select[Any]:
    moment = _moment(about)
    of = moment.table
    facts = sa.and_(_source.c.fact_id == of.c.fact_id, _source.c.community_id == of.c.community_id)
    start, end = (sa.bindparam(name, type_=moment.type) for name in ("_start", "_end"))
    behind = sa.select(*columns).select_from(of).join(_source, facts)
    return behind.where(*_BEHIND[about], moment >= start, moment < end)


_FACT = [_source.c.fact_id, _source.c.aggregate, _source.c.aggregate_id, _source.c.aggregate_version]
_COUNTS = [
    _source.c.aggregate,
    sa.func.count(_source.c.fact_id.distinct()).label("facts"),
    sa.func.count().label("activities"),
]
_AGGREGATES = {
    about: constant(_told(_COUNTS, about).group_by(_source.c.aggregate).order_by(_source.c.aggregate))
    for about in About
}
_LATEST = {
    about: constant(
        _told(_FACT, about)
        .group_by(*_FACT)
        .order_by(sa.func.max(_moment(about)).desc(), _source.c.fact_id)
        .limit(SAMPLE)
    )
    for about in About
}

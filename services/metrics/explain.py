"""Say where a number comes from: GET /metrics/{id}/explain -> formula, worked numbers, the facts behind."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends
from pydantic import ConfigDict, Field

from services.metrics.definitions import About, Metric
from services.metrics.models import Activity, EventTally, Source, table
from services.metrics.periods import Step, midnight
from services.metrics.question import Asked, Point, Question, ask
from services.metrics.rules import ATTENDANCE, CLASSES, MEMBERSHIP_KINDS, ActivityClass
from services.metrics.series import asked, asked_for, metric_of
from shared.identity import Actor
from shared.route import Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["metrics"])

SAMPLE = 10


class AggregateView(View):
    """How many facts of a kind of aggregate, and activities or events they told of, lie behind the value."""

    aggregate: str
    facts: int
    activities: int


class FactView(View):
    """One of the latest facts behind the value."""

    fact_id: UUID
    aggregate: str
    aggregate_id: UUID
    aggregate_version: int


class ExplanationView(View):
    """The value of the first period of [from, to): `worked` is the formula with its inputs put in."""

    model_config = ConfigDict(from_attributes=True, frozen=True, serialize_by_alias=True)
    metric: str
    version: int
    params: dict[str, int | float | str]
    start: date = Field(alias="from")
    end: date = Field(alias="to")
    step: Step
    high_water: int
    unit: str
    formula: str
    source: str
    at: date
    value: float | None
    n: int
    n_counts: str
    complete: bool
    inputs: dict[str, Any]
    worked: str
    facts: int
    aggregates: list[AggregateView]
    latest: list[FactView]


async def explain(tx: Tx, _actor: Actor, _community_id: UUID, metric: Metric, asked: Asked) -> dict[str, Any]:
    question = await ask(tx, asked, events=metric.about is About.EVENTS)
    point = (await metric.compute(question))[0]
    behind = await _behind(question, metric, point)
    return (
        asked_for(metric, question)
        | {"unit": metric.unit, "formula": metric.formula, "source": metric.source}
        | {
            "at": date.fromordinal(point.period.start),
            "value": point.value,
            "n": point.n,
            "n_counts": metric.n,
        }
        | {"complete": question.complete(point.period), "inputs": point.inputs}
        | {"worked": f"{metric.worked} = {point.value} with {_listed(point.inputs)}"}
        | behind
    )


def _listed(inputs: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in inputs.items())


async def _behind(question: Question, metric: Metric, point: Point) -> dict[str, Any]:
    """The facts that told of what is in the period, and in the window before it where there is one."""
    end = point.period.end
    start = min(point.period.start, end - int(point.inputs.get("window", 0)))
    given = {"_start": midnight(start, question.zone), "_end": midnight(end, question.zone)}
    aggregates: list[Any] = await question.tx.all(_AGGREGATES[metric.about], given)
    latest: list[Any] = await question.tx.all(_LATEST[metric.about], given)
    return {"facts": sum(row.facts for row in aggregates), "aggregates": aggregates, "latest": latest}


_activity, _tally, _source = table(Activity), table(EventTally), table(Source)
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
}


def _moment(about: About) -> "sa.Column[Any]":
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


@router.get("/v1/communities/{community_id}/metrics/{metric_id}/explain", allows="metrics.read")
async def get_explanation(
    community_id: UUID, metric_id: str, asked: Annotated[Asked, Depends(asked)], read: Read
) -> ExplanationView:
    return await read(explain, community_id, metric_of(metric_id), asked, long=True)

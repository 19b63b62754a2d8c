"""Answer with numbers: GET /metrics/{id} -> a value for each period of an interval."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from annotated_types import Ge, Gt, Le
from fastapi import Depends, Query
from pydantic import ConfigDict, Field

from services.metrics.definitions import METRICS, Metric
from services.metrics.periods import Step
from services.metrics.question import Asked, Counted, Point, Question, ask
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Day, Read, Router, View
from shared.store import Tx

router = Router(tags=["metrics"])

Window = Annotated[int, Ge(1), Le(365)]
Share = Annotated[float, Gt(0), Le(1)]
Offset = Annotated[int, Ge(1), Le(3650)]


class UnknownMetric(NotFound):
    """GET C/metrics lists the ids there are."""

    title = "No such metric"


class PointView(View):
    """The value of one period, `at` its first day; metrics of several numbers carry the others by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    at: date
    value: float | None
    n: int
    complete: bool


class SeriesView(View):
    """A metric over [from, to), `params` as used; `high_water` counts the facts the numbers know."""

    model_config = ConfigDict(from_attributes=True, frozen=True, serialize_by_alias=True)
    metric: str
    version: int
    params: dict[str, int | float | str]
    start: date = Field(alias="from")
    end: date = Field(alias="to")
    step: Step
    points: list[PointView]
    high_water: int


def metric_of(metric_id: str) -> Metric:
    """The metric with this id."""
    metric = METRICS.get(metric_id)
    if metric is None:
        raise UnknownMetric(f"{metric_id[:40]} is none of {', '.join(METRICS)}")
    return metric


def asked_for(metric: Metric, question: Question) -> dict[str, Any]:
    """The head of an answer: what was asked, with every default as used."""
    return {
        "metric": metric.id,
        "version": metric.version,
        "params": metric.parameters(question.asked),
        "from": date.fromordinal(question.start),
        "to": date.fromordinal(question.end),
        "step": question.asked.step,
        "high_water": question.high_water,
    }


def shown(question: Question, point: Point) -> dict[str, Any]:
    """A point as it is answered."""
    at, complete = date.fromordinal(point.period.start), question.complete(point.period)
    return {"at": at, "value": point.value, "n": point.n, "complete": complete, **point.parts}


async def series(tx: Tx, _actor: Actor, _community_id: UUID, metric: Metric, asked: Asked) -> dict[str, Any]:
    question = await ask(tx, asked, metric.about)
    points = await metric.compute(question)
    return asked_for(metric, question) | {"points": [shown(question, point) for point in points]}


async def asked(
    from_: Annotated[Day | None, Query(alias="from")] = None,
    to: Day | None = None,
    step: Step = Step.DAY,
    window: Window = 28,
    measure: Counted = Counted.ACTIVITIES,
    p: Share = 0.01,
    k: Offset | None = None,
) -> Asked:
    """The query parameters of every metric; dates are calendar days of the community, `to` exclusive."""
    return Asked(from_, to, step, window, measure, p, k)


@router.get("/v1/communities/{community_id}/metrics/{metric_id}", allows="metrics.read")
async def get_metric(
    community_id: UUID, metric_id: str, asked: Annotated[Asked, Depends(asked)], read: Read
) -> SeriesView:
    metric = metric_of(metric_id)
    return await read(series, community_id, metric, asked, long=metric.scans(asked))

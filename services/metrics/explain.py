"""Say where a number comes from: GET /metrics/{id}/explain -> formula, worked numbers, the facts behind."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import ConfigDict, Field

from services.metrics.behind import told_of
from services.metrics.definitions import Metric
from services.metrics.periods import Step
from services.metrics.question import Asked, ask
from services.metrics.series import asked, asked_for, metric_of
from shared.identity import Actor
from shared.route import Read, Router, View
from shared.store import Tx

router = Router(tags=["metrics"])


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
    question = await ask(tx, asked, metric.about)
    point = (await metric.compute(question))[0]
    behind = await told_of(question, metric.about, point)
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


@router.get("/v1/communities/{community_id}/metrics/{metric_id}/explain", allows="metrics.read")
async def get_explanation(
    community_id: UUID, metric_id: str, asked: Annotated[Asked, Depends(asked)], read: Read
) -> ExplanationView:
    return await read(explain, community_id, metric_of(metric_id), asked, long=True)

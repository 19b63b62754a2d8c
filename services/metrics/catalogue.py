"""Say which metrics there are: GET /metrics -> id, version, unit, formula, parameters, source."""

from uuid import UUID

from services.metrics.definitions import METRICS
from shared.route import Router, View

router = Router(tags=["metrics"])


class MetricView(View):
    """One definition as published."""

    id: str
    version: int
    unit: str
    formula: str
    params: tuple[str, ...]
    n: str
    source: str


class CatalogueView(View):
    """Every metric."""

    items: list[MetricView]
    next_cursor: None


@router.get("/v1/communities/{community_id}/metrics", allows="metrics.read")
async def get_metrics(community_id: UUID) -> CatalogueView:  # noqa: ARG001 - part of the path, checked by the route
    items = [MetricView.model_validate(metric) for metric in METRICS.values()]
    return CatalogueView(items=items, next_cursor=None)

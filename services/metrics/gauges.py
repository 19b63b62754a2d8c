"""Show a bounded set of numbers to Prometheus: guildhall_kpi_value for the communities the settings name."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import Gauge

from services.metrics.definitions import METRICS
from services.metrics.models import Community, table
from services.metrics.periods import Step
from services.metrics.question import Asked, ask
from shared.jobs import Jobs
from shared.settings import settings
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

COMMUNITIES_LIMIT = 20
EVERYBODY = "*"
SHOWN = {"dau": "1d", "wau": "7d", "mau": "28d", "stickiness": "28d", "gini": "all"}
KPI = Gauge("guildhall_kpi_value", "A KPI as of yesterday.", ["metric", "community", "window"])


@jobs.every(seconds=5.0)
async def show(store: Store) -> None:
    """Set the gauges to the value of the last complete day; a value that is not defined has no sample."""
    named = settings().kpi_communities
    if not named:
        return
    for community_id in await store.read(_all if named == EVERYBODY else _listed, Context()):
        for (metric, window), value in (
            await store.read(_values, Context(community_id=community_id))
        ).items():
            labels = (metric, str(community_id), window)
            if value is None:
                KPI.remove(*labels)
            else:
                KPI.labels(*labels).set(value)


async def _listed(_tx: Tx) -> list[UUID]:
    return [UUID(one.strip()) for one in settings().kpi_communities.split(",")][:COMMUNITIES_LIMIT]


async def _all(tx: Tx) -> list[UUID]:
    rows: list[Any] = await tx.all(_COMMUNITIES)
    return [row.community_id for row in rows]


async def _values(tx: Tx) -> dict[tuple[str, str], float | None]:
    today = (await ask(tx, Asked(step=Step.ALL))).today
    yesterday = Asked(date.fromordinal(today - 1), date.fromordinal(today))
    values = {}
    for name, window in SHOWN.items():
        asked = Asked(step=Step.ALL) if window == "all" else yesterday
        points = await METRICS[name].compute(await ask(tx, asked))
        values[name, window] = points[0].value
    return values


_COMMUNITIES = constant(
    across(
        sa.select(table(Community).c.community_id)
        .order_by(table(Community).c.high_water.desc())
        .limit(COMMUNITIES_LIMIT),
        why="the gauges of the busiest communities",
    )
)

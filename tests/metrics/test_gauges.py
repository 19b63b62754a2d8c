"""A bounded set of numbers in /metrics, for the communities the settings name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.metrics.conftest import Community


def test_the_numbers_of_yesterday_are_shown(cluster: Callable[..., Cluster]) -> None:
    running = cluster(("membership", "engagement", "metrics"), KPI_COMMUNITIES="*")
    with (
        running.direct("membership") as membership,
        running.direct("engagement") as engagement,
        running.direct("metrics") as metrics,
    ):
        place = Community(found_community(membership), membership, engagement, metrics)
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        place.ingest({"subject": name, "kind": "message", "at": yesterday} for name in "abc")
        place.counted()
        expected = {
            f'guildhall_kpi_value{{community="{place.id}",metric="{metric}",window="{window}"}} {value}'
            for metric, window, value in (("dau", "1d", 3.0), ("mau", "28d", 3.0), ("gini", "all", 0.0))
        }
        eventually(lambda: expected <= set(metrics.get("/metrics").text.splitlines()), within=30)

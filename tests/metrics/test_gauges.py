"""A bounded set of numbers in /metrics, for the communities the settings name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.metrics.conftest import Community


def test_the_numbers_of_yesterday_are_shown(cluster: Callable[..., Cluster]) -> None:
    running = cluster(("membership", "engagement", "metrics"), KPI_COMMUNITIES="*")
    with running.direct("membership") as membership, running.direct("engagement") as engagement:
        with running.direct("metrics") as metrics:
            place = Community(found_community(membership), membership, engagement, metrics)
            yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
            place.ingest({"subject": name, "kind": "message", "at": yesterday} for name in "abc")
            place.counted()
            about = {"metric": "dau", "window": "1d", "community": str(place.id)}
            eventually(lambda: running.metric("metrics", "guildhall_kpi_value", **about) == 3, within=45)
            assert (
                running.metric("metrics", "guildhall_kpi_value", **about | {"metric": "mau", "window": "28d"})
                == 3
            )

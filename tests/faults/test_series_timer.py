"""The clock of series: whoever is killed or sleeps, each occurrence is one event, up to the horizon."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx

from services.events.rules import HORIZON_DAYS
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.events.conftest import soon

Make = Callable[..., Cluster]
DAY = timedelta(days=1)


def made(cluster: Cluster) -> str:
    """A series of every day, whose first occurrences exist.

    Asked for until there is an answer, as a client would: the service may be on its way to die for the
    series before.
    """
    with cluster.direct("membership") as client:
        community = found_community(client)
    given: dict[str, Any] = {"title": "Daily", "dtstart": soon(hours=1), "rrule": "FREQ=DAILY"}
    once = {"Idempotency-Key": str(uuid4())}
    with cluster.direct("events") as client:

        def asked() -> httpx.Response | None:
            with suppress(httpx.TransportError):
                return client.post(f"/v1/communities/{community}/event-series", json=given, headers=once)
            return None

        answer = eventually(asked, within=20)
    assert answer is not None
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def occurrences(cluster: Cluster, series: str) -> list[datetime]:
    """The occurrences that are events, in order."""
    sql = f"SELECT recurrence_id FROM event WHERE series_id = '{series}' ORDER BY recurrence_id"
    return [datetime.fromisoformat(row[0]) for row in cluster.rows("events", sql)]


def full(cluster: Cluster, series: str, slept: timedelta = timedelta()) -> None:
    """Waits until the horizon is reached; there is one event for each day, told of once."""
    end = (datetime.now(UTC) + slept + HORIZON_DAYS * DAY).date()
    eventually(lambda: occurrences(cluster, series)[-1].date() >= end, within=30)
    found = occurrences(cluster, series)
    assert {after - before for before, after in pairwise(found)} == {DAY}
    sql = (
        "SELECT count(*), count(DISTINCT aggregate_id) FROM outbox WHERE subject LIKE '%.event_published.%' "
        f"AND payload LIKE '%{series}%'"
    )
    assert tuple(cluster.rows("events", sql)[0]) == (len(found), len(found))


def test_killed_before_and_after_a_commit_it_goes_on(breakable: Cluster) -> None:
    first = breakable.pid("events")
    for point in ("mid_series_extended", "after_series_extended"):
        breakable.crash_at("events", point)
        series = made(breakable)
        eventually(lambda: not (breakable.home / "crash").exists(), within=20)
        full(breakable, series)
    assert breakable.pid("events") != first
    breakable.wait_converged()


def test_after_weeks_of_sleep_the_horizon_is_as_far_as_ever(cluster: Make) -> None:
    asleep = cluster(("membership", "events"))
    series = made(asleep)
    full(asleep, series)
    asleep.stop()
    asleep.environment["CLOCK_OFFSET_SECONDS"] = str(20 * DAY.total_seconds())
    asleep.start()
    full(asleep, series, slept=20 * DAY)

"""A service that is away, asleep or slow: named, spared, and no trouble for the others."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from shared.settings import SERVICES
from shared.testing import Cluster, Fault, Proxy, eventually
from tests.conftest import found_community


@pytest.fixture
def front(tmp_path: Path) -> Iterator[tuple[Cluster, httpx.Client, str]]:
    """A cluster to break, a client of its gateway, and a community in it."""
    with Cluster(tmp_path, migrated=True) as running, running.client() as client:
        yield running, client, f"/v1/communities/{found_community(client)}"


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


def test_a_service_that_is_asleep_is_missed_in_its_part_only(
    front: tuple[Cluster, httpx.Client, str],
) -> None:
    running, client, community = front
    with running.frozen("engagement"):
        home, seconds = timed(lambda: client.get(f"{community}/home"))
        assert (home.status_code, home.json()["degraded"]) == (200, ["engagement"])
        assert seconds < 2
        rest = {"community", "stale_articles", "knowledge_tasks", "dau", "mau"}
        assert set(home.json()["data"]) == rest
        assert client.get(community).status_code == 200
        assert client.get(f"{community}/metrics").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["missing"]) == (200, ["engagement"])
        assert client.get("/v1/status").json()["status"] == "unavailable"
    eventually(lambda: client.get(f"{community}/home").json()["degraded"] == [], within=5)
    with running.frozen("knowledge"):
        home = client.get(f"{community}/home")
        assert (home.status_code, home.json()["degraded"]) == (200, ["knowledge"])
        assert set(home.json()["data"]) == {"community", "topics", "dau", "mau"}
    eventually(lambda: client.get(f"{community}/home").json()["degraded"] == [], within=5)


def test_a_service_that_stays_away_is_refused_quickly_and_taken_back(
    front: tuple[Cluster, httpx.Client, str],
) -> None:
    running, client, community = front
    topics = f"{community}/topics"
    for _ in range(8):  # the supervisor waits longer each time before it starts it again
        os.kill(running.pid("engagement"), signal.SIGKILL)
        if (answer := client.get(topics)).status_code == 503:
            break
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/service-unavailable"
    assert answer.json()["service"] == "engagement"
    assert int(answer.headers["retry-after"]) >= 1
    assert client.get(community).status_code == 200
    home = client.get(f"{community}/home")
    assert (home.status_code, home.json()["degraded"]) == (200, ["engagement"])
    eventually(lambda: client.get(topics).status_code == 200, within=20)


def test_a_read_survives_the_restart_of_its_service(front: tuple[Cluster, httpx.Client, str]) -> None:
    running, client, community = front
    for _ in range(3):
        killed = running.kill("membership")
        answers = [client.get(community).status_code for _ in range(5)]
        assert set(answers) == {200}
        running.restarted("membership", killed)


FAULTS = {
    "garbage": (Fault(garbage=b"SSH-2.0-nonsense\r\n\r\n"), 502),
    "reset": (Fault(reset_after_bytes=0), 502),
    "cut": (Fault(reset_after_bytes=20), 502),
    "huge": (Fault(garbage=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000_000), 502),
    "sliced": (Fault(slice_bytes=50), 200),
    "slow": (Fault(latency_seconds=0.05), 200),
}


def test_a_line_that_misbehaves_is_a_problem_and_no_more(tmp_path: Path) -> None:
    with Proxy(("127.0.0.1", 1)) as line:
        url = f"http://127.0.0.1:{line.port}"
        with Cluster(tmp_path, ("gateway", "membership"), environment={"MEMBERSHIP_URL": url}) as running:
            line.upstream = ("127.0.0.1", running.port + SERVICES.index("membership"))
            with running.client() as client:
                path = f"/v1/communities/{found_community(client)}"
                for name, (fault, status) in FAULTS.items():
                    line.fault = fault
                    answer, seconds = timed(lambda: client.get(path))
                    assert (name, answer.status_code) == (name, status)
                    assert seconds < 2
                    line.fault = Fault()
                    assert client.get(path).status_code == 200

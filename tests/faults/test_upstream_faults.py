"""F11: each service in turn is down, frozen, slow, babbling or endless; the others are not disturbed (P8)."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

import httpx
import pytest

from shared.settings import SERVICES
from shared.testing import Cluster, Proxy, eventually
from tests.conftest import found_community

UPSTREAMS = ("membership", "engagement", "metrics")
VIEW_SECONDS = 2.0
PASSED_ON_SECONDS = 12.0
"""A read that is passed on is given up after ten seconds."""
BUSY_SECONDS = 1.0
"""What a busy machine adds to any request."""

ENDLESS = (
    b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\ncontent-type: application/json\r\n\r\n"
    + b" " * 67_108_864
)
FAULTS: dict[str, Callable[[Proxy], AbstractContextManager[None]]] = {
    "down": lambda line: line.down(),
    "silent": lambda line: line.having(half_open=True),
    "slow": lambda line: line.having(latency_seconds=1.5),
    "babbling": lambda line: line.having(garbage=b"\x00\xffHTTP? no."),
    "endless": lambda line: line.having(garbage=ENDLESS),
}


@dataclass
class Front:
    """A gateway whose lines to the services can be spoiled, and a community behind it."""

    cluster: Cluster
    client: httpx.Client
    lines: dict[str, Proxy]
    path: str

    def own(self, service: str) -> str:
        """A read only this service answers."""
        return {"membership": f"{self.path}/members", "engagement": f"{self.path}/topics"}.get(
            service, f"{self.path}/metrics"
        )


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    cluster = Cluster(tmp_path_factory.mktemp("home"), migrated=True)
    with ExitStack() as opened:
        lines = {}
        for service in UPSTREAMS:
            port = cluster.port + SERVICES.index(service)
            line = lines[service] = opened.enter_context(Proxy(("127.0.0.1", port)))
            cluster.environment[f"{service.upper()}_URL"] = f"http://127.0.0.1:{line.port}"
        opened.enter_context(cluster)
        client = opened.enter_context(cluster.client(timeout=30.0))
        yield Front(cluster, client, lines, f"/v1/communities/{found_community(client)}")


def _timed(client: httpx.Client, path: str) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = client.get(path)
    return answer, time.monotonic() - began


def _refuses(client: httpx.Client, path: str, *, within: float) -> None:
    answer, seconds = _timed(client, path)
    assert answer.status_code in (502, 503, 504), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert seconds < within


@pytest.mark.parametrize("service", UPSTREAMS)
@pytest.mark.parametrize("fault", FAULTS)
def test_one_service_in_trouble_is_missed_alone(front: Front, service: str, fault: str) -> None:
    client, line = front.client, front.lines[service]
    others = [front.own(other) for other in UPSTREAMS if other != service]
    eventually(lambda: client.get(front.own(service)).status_code == 200, within=10)
    before = line.disturbed + line.resets
    with FAULTS[fault](line):
        home, seconds = _timed(client, f"{front.path}/home")
        assert home.status_code == 200, home.text
        assert home.json()["degraded"] == [service]
        assert seconds < VIEW_SECONDS + BUSY_SECONDS

        if fault not in ("slow", "silent"):
            _refuses(client, front.own(service), within=1.0 + BUSY_SECONDS)
        for path in others:
            answer, seconds = _timed(client, path)
            assert answer.status_code == 200, answer.text
            assert seconds < 1.0 + BUSY_SECONDS
        assert client.get("/livez").status_code == 200
    assert line.disturbed + line.resets > before
    eventually(lambda: client.get(f"{front.path}/home").json()["degraded"] == [], within=10)


def test_a_read_that_gets_no_answer_is_given_up(front: Front) -> None:
    with front.lines["engagement"].having(half_open=True):
        _refuses(front.client, front.own("engagement"), within=PASSED_ON_SECONDS)

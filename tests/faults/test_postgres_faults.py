"""F10: PostgreSQL goes away, freezes or resets; nobody is left hanging and nothing is half done (P7)."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, Postgres, Proxy, eventually
from tests.conftest import found_community

RECOVERY_SECONDS = 5.0
REFUSAL_SECONDS = 2.5
"""Two seconds, and what a busy machine adds."""


@pytest.fixture(scope="module")
def away() -> Iterator[Postgres]:
    """A server of this module's own, since it is stopped and frozen."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def line(away: Postgres) -> Iterator[Proxy]:
    with Proxy(away.socket) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def cluster(away: Postgres, line: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Membership alone, reaching its database through a line that can be cut."""
    away.create("faults_membership")
    url = f"postgresql://postgres@127.0.0.1:{line.port}/faults_{{service}}"
    home = tmp_path_factory.mktemp("home")
    with Cluster(home, ("membership",), environment={"DATABASE_URL": url}) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: Cluster) -> Iterator[httpx.Client]:
    with cluster.direct("membership", timeout=10.0) as client:
        yield client


@pytest.fixture
def community(client: httpx.Client) -> UUID:
    return found_community(client)


def _join(client: httpx.Client, community: UUID, handle: str) -> httpx.Response:
    return client.post(
        f"/v1/communities/{community}/members",
        json={"handle": handle, "display_name": handle},
        headers={"Idempotency-Key": handle},
    )


@contextmanager
def _stopped(server: Postgres, _line: Proxy) -> Iterator[None]:
    server.stop(crash=True)
    try:
        yield
    finally:
        server.start()


@contextmanager
def _frozen(server: Postgres, _line: Proxy) -> Iterator[None]:
    backends = server.freeze()
    try:
        yield
    finally:
        server.thaw(backends)


def _cut(_server: Postgres, line: Proxy) -> AbstractContextManager[None]:
    return line.down()


def _silent(_server: Postgres, line: Proxy) -> AbstractContextManager[None]:
    return line.having(half_open=True)


Outage = Callable[[Postgres, Proxy], AbstractContextManager[None]]


@pytest.mark.parametrize("outage", [_stopped, _frozen, _cut, _silent])
def test_an_outage_is_said_quickly_and_survived_without_a_restart(
    cluster: Cluster, away: Postgres, line: Proxy, client: httpx.Client, community: UUID, outage: Outage
) -> None:
    pid = cluster.pid("membership")
    handle = f"h{uuid4().hex[:12]}"
    with outage(away, line):
        for attempt in (handle, f"{handle}x"):
            began = time.monotonic()
            refused = _join(client, community, attempt)
            assert time.monotonic() - began < REFUSAL_SECONDS
            assert refused.status_code == 503, refused.text
            assert int(refused.headers["Retry-After"]) >= 1
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
    eventually(lambda: client.get("/readyz").status_code == 200, within=RECOVERY_SECONDS)
    eventually(
        lambda: _join(client, community, handle).status_code == 201, within=RECOVERY_SECONDS, every=0.1
    )
    listed = client.get(f"/v1/communities/{community}/members", params={"limit": 100}).json()["items"]
    assert [member["handle"] for member in listed].count(handle) == 1
    assert cluster.pid("membership") == pid


def test_broken_connections_cost_a_repeat_and_no_more(
    line: Proxy, client: httpx.Client, community: UUID
) -> None:
    resets = line.resets
    for number in range(10):
        line.reset_all()
        eventually(lambda: _taken(client, community, f"m{number}"), within=RECOVERY_SECONDS)  # noqa: B023 - at once
    assert line.resets > resets
    listed = client.get(f"/v1/communities/{community}/members", params={"limit": 100}).json()["items"]
    assert len(listed) == 10


def _taken(client: httpx.Client, community: UUID, handle: str) -> bool:
    answer = _join(client, community, handle)
    assert answer.status_code in (201, 503), answer.text
    return answer.status_code == 201

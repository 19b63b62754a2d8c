"""F4: two relays publish the same outbox; the stream has duplicates, and nobody applies one twice (P4)."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.settings import SERVICES
from shared.testing import Cluster, Postgres, eventually
from shared.testing.cluster import ROOT
from shared.testing.processes import answers, free_block
from tests.conftest import found_community
from tests.faults.history import History, check
from tests.faults.load import Load, found_world

THEFTS = 8


@contextmanager
def second_replica(cluster: Cluster, service: str) -> Iterator[None]:
    """Another process of the service on the same database and broker."""
    port = free_block(9)
    more = {"NATS_URL": cluster.broker_url, "PORT": str(port), "INSTANCE": "replica-2", "CRASHPOINT": ""}
    environment = cluster.variables() | {f"GUILDHALL_{name}": value for name, value in more.items()}
    with (cluster.home / "replica.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up", service],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        ready = f"http://127.0.0.1:{port + SERVICES.index(service)}/readyz"
        eventually(lambda: answers(ready), within=20)
        yield
    finally:
        process.terminate()
        assert process.wait(15) == 0


def _steal(cluster: Cluster, service: str) -> None:
    """Lets the lease expire under its holder, who goes on until it looks again."""
    cluster.execute(service, "UPDATE lease SET expires_at = now() - interval '1 second', fence = fence + 1")


def _holder(cluster: Cluster, service: str) -> str:
    return str(cluster.rows(service, "SELECT holder FROM lease WHERE name = 'leader'")[0][0])


def test_two_relays_at_once_apply_nothing_twice(
    breakable: Cluster, breakable_server: Postgres | None, tmp_path: Path
) -> None:
    if breakable_server is None:
        pytest.skip("a SQLite file has one process")
    with breakable.client() as client:
        community = found_community(client)
        world = found_world(client, community)
    holders = set()
    pause = threading.Event()
    with second_replica(breakable, "engagement"), History(tmp_path / "history.jsonl") as history:
        with Load(lambda: breakable.client(timeout=5.0), world, history, clients=4).running():
            for _ in range(THEFTS):
                _steal(breakable, "engagement")
                pause.wait(0.8)
                holders.add(_holder(breakable, "engagement"))
        verdict = check("two relays, postgres", breakable, community, history, holders=len(holders) - 1)
    verdict.hold()

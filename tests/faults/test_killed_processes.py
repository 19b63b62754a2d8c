"""F1: any process may be killed at any instant; what is acknowledged stays, nothing happens twice (P1-P3)."""

import random
import time
from pathlib import Path

import pytest

from shared.testing import Cluster
from shared.testing.processes import is_alive
from tests.conftest import found_community
from tests.faults.history import History, Verdict, check
from tests.faults.load import Load, found_world

PAUSE_SECONDS = (0.3, 1.0)
VICTIMS = ("gateway", "membership", "engagement", "metrics", "nats")


def kill_under_load(cluster: Cluster, name: str, kills: int, clients: int, path: Path) -> Verdict:
    """Kills random processes while clients write; what the checker finds, with the deaths as evidence."""
    with cluster.client(timeout=5.0) as client:
        community = found_community(client)
        world = found_world(client, community)
    deaths = 0
    with (
        History(path) as history,
        Load(lambda: cluster.client(timeout=5.0), world, history, clients).running(),
    ):
        time.sleep(0.5)
        for _ in range(kills):
            victim = random.choice(VICTIMS)
            killed = cluster.kill(victim)
            time.sleep(random.uniform(*PAUSE_SECONDS))
            deaths += not is_alive(killed)
        time.sleep(0.5)
    return check(name, cluster, community, history, kills=deaths)


def test_killed_processes_lose_nothing_that_was_acknowledged(
    breakable: Cluster, database: str, tmp_path: Path
) -> None:
    verdict = kill_under_load(
        breakable, f"15 kills, {database}", kills=15, clients=8, path=tmp_path / "history.jsonl"
    )
    verdict.hold()
    assert verdict.evidence["kills"] == 15
    assert verdict.ok > 50


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_kills(breakable: Cluster, database: str, tmp_path: Path) -> None:
    verdict = kill_under_load(
        breakable, f"200 kills, {database}", kills=200, clients=16, path=tmp_path / "history.jsonl"
    )
    verdict.hold()

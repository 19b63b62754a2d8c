"""F25: an hour of everything that can go wrong, at random; `SOAK_SECONDS` shortens or prolongs it."""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.faults.history import History, check
from tests.faults.load import Load, found_world

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
PROCESSES = ("gateway", "membership", "engagement", "metrics", "nats")
GROWTH_LIMIT = 2.0
"""How many times its memory after the last fault a process may need after a minute of writes."""


def _kill(cluster: Cluster) -> None:
    victim = random.choice(PROCESSES)
    cluster.restarted(victim, cluster.kill(victim))


def _freeze(cluster: Cluster) -> None:
    with cluster.frozen(random.choice(PROCESSES)):
        time.sleep(random.uniform(0.5, 3.0))


def _take_down(cluster: Cluster) -> None:
    with cluster.down(random.choice(PROCESSES)):
        time.sleep(random.uniform(0.5, 3.0))


def _wipe_broker(cluster: Cluster) -> None:
    with cluster.down("nats"):
        shutil.rmtree(cluster.home / "jetstream")


def _kill_everything(cluster: Cluster) -> None:
    cluster.crash()
    cluster.start()


FAULTS: dict[str, tuple[Callable[[Cluster], None], int]] = {
    "killed": (_kill, 10),
    "frozen": (_freeze, 5),
    "down": (_take_down, 5),
    "wiped": (_wipe_broker, 1),
    "everything": (_kill_everything, 1),
}
"""What may happen, and how often compared with the others."""


def _memory(pid: int) -> int:
    """Proportional set size in kB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS + 600)
def test_an_hour_of_mixed_faults(breakable: Cluster, database: str, tmp_path: Path) -> None:
    with breakable.client(timeout=5.0) as client:
        community = found_community(client)
        world = found_world(client, community)
    happened: Counter[str] = Counter()
    names, faults, weights = [*FAULTS], [f for f, _ in FAULTS.values()], [w for _, w in FAULTS.values()]
    end = time.monotonic() + SOAK_SECONDS
    with History(tmp_path / "history.jsonl") as history:
        with Load(lambda: breakable.client(timeout=5.0), world, history, clients=8).running():
            while time.monotonic() < end:
                time.sleep(random.uniform(0.5, 5.0))
                [chosen] = random.choices(range(len(names)), weights)
                faults[chosen](breakable)
                happened[names[chosen]] += 1
            eventually(lambda: all(breakable.is_ready(name) for name in PROCESSES), within=30)
            young = {name: _memory(breakable.pid(name)) for name in PROCESSES}
            time.sleep(min(60.0, SOAK_SECONDS / 10))
            old = {name: _memory(breakable.pid(name)) for name in PROCESSES}
        verdict = check(
            f"{SOAK_SECONDS:g} s of faults, {database}", breakable, community, history, **happened
        )
    verdict.hold()
    assert all(old[name] < GROWTH_LIMIT * young[name] + 20_000 for name in PROCESSES), (young, old)

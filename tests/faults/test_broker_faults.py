"""F5 to F7: the broker stops, freezes, forgets or comes back older; nothing is missing after it (P4-P6)."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import httpx
import nats
import pytest

from shared.facts import STREAM
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.faults.history import History, Verdict, check, stream_ids
from tests.faults.load import Load, World, found_world, join, perform

OUTAGE_SECONDS = 3.0


class Scene:
    """A community somebody writes in while the broker is in trouble."""

    def __init__(self, cluster: Cluster, client: httpx.Client, history: History) -> None:
        self.cluster = cluster
        self.client = client
        self.history = history
        self.world: World = found_world(client, found_community(client))
        cluster.wait_converged()

    def write(self, count: int) -> None:
        """`count` people join."""
        for _ in range(count):
            marker = uuid4().hex
            perform(self.client, join(self.world, marker), marker, self.history)

    def verdict(self, name: str, **evidence: float) -> Verdict:
        return check(name, self.cluster, self.world.community, self.history, **evidence)


@pytest.fixture
def scene(breakable: Cluster, tmp_path: Path) -> Iterator[Scene]:
    with (
        breakable.client(timeout=10.0) as client,
        History(tmp_path / "history.jsonl") as history,
    ):
        yield Scene(breakable, client, history)


# F5: away or frozen --------------------------------------------------------------------------------------


def _write_for(seconds: float, scene: Scene) -> list[float]:
    """The seconds each of the writes took that fitted into `seconds`."""
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        scene.write(1)
        taken.append(time.monotonic() - began)
    return taken


Fault = Callable[[Cluster], AbstractContextManager[object]]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda cluster: cluster.down("nats"), id="killed"),
        pytest.param(lambda cluster: cluster.frozen("nats"), id="frozen", marks=pytest.mark.either_database),
    ],
)
def test_writes_go_on_without_the_broker_and_everything_arrives_after_it(
    scene: Scene, database: str, fault: Fault
) -> None:
    before = _write_for(1.5, scene)
    with fault(scene.cluster):
        during = _write_for(OUTAGE_SECONDS, scene)
        waiting = scene.cluster.metric("membership", "guildhall_outbox_unpublished")
    errors = sum(count for ending, count in scene.history.attempts.items() if ending.startswith("5"))
    verdict = scene.verdict(f"broker away, {database}", unpublished=waiting)
    verdict.hold()
    assert errors == 0
    # Twice the undisturbed latency, and what a busy machine adds to any request.
    assert quantiles(during, n=100)[98] < 2 * quantiles(before, n=100)[98] + 0.1
    assert verdict.converged_seconds < 30


# F6: killed again and again ------------------------------------------------------------------------------


def test_a_broker_killed_again_and_again_loses_no_fact(scene: Scene, database: str) -> None:
    kills = 0
    connect: Callable[[], httpx.Client] = lambda: scene.cluster.client(timeout=5.0)  # noqa: E731 - one line
    with Load(connect, scene.world, scene.history, clients=4).running():
        for _ in range(4):
            killed = scene.cluster.kill("nats")
            kills += scene.cluster.restarted("nats", killed) != killed
            time.sleep(0.3)
    scene.verdict(f"broker killed, {database}", kills=kills).hold()


# F7: less than it had ------------------------------------------------------------------------------------


def _wipe(cluster: Cluster) -> None:
    with cluster.down("nats"):
        shutil.rmtree(cluster.home / "jetstream")


def _bring_back_an_old_copy(cluster: Cluster) -> None:
    """The store as it was before the last facts, as after a restore from a backup."""
    with cluster.down("nats"):
        shutil.rmtree(cluster.home / "jetstream")
        shutil.copytree(cluster.home / "jetstream.old", cluster.home / "jetstream")


def _delete_stream(cluster: Cluster) -> None:
    asyncio.run(_with_stream(cluster, lambda stream: stream.delete_stream(STREAM)))


def _delete_consumer(cluster: Cluster) -> None:
    asyncio.run(_with_stream(cluster, lambda stream: stream.delete_consumer(STREAM, "metrics")))


async def _with_stream(cluster: Cluster, act: Callable[[nats.js.JetStreamContext], object]) -> None:
    connection = await nats.connect(cluster.broker_url, allow_reconnect=False)
    try:
        deleted = act(connection.jetstream())
        assert asyncio.iscoroutine(deleted)
        await deleted
    finally:
        await connection.close()


@contextmanager
def _old_copy(cluster: Cluster) -> Iterator[None]:
    """A copy of the store, taken while the broker is down."""
    old = cluster.home / "jetstream.old"
    with cluster.down("nats"):
        shutil.copytree(cluster.home / "jetstream", old)
    try:
        yield
    finally:
        shutil.rmtree(old)


def _regressions(cluster: Cluster) -> float:
    return cluster.metric("membership", "guildhall_broker_regressions_total")


@pytest.mark.parametrize("lose", [_wipe, _bring_back_an_old_copy, _delete_stream])
def test_what_the_broker_lost_is_published_again_unattended(
    scene: Scene, database: str, lose: Callable[[Cluster], None]
) -> None:
    cluster = scene.cluster
    with _old_copy(cluster):
        scene.write(20)
        cluster.wait_converged()
        held = set(stream_ids(cluster))
        noticed = _regressions(cluster)
        lose(cluster)
        eventually(lambda: _regressions(cluster) == noticed + 1, within=20)
    scene.write(5)
    verdict = scene.verdict(f"broker lost {lose.__name__.strip('_')}, {database}", regressions=1)
    verdict.hold()
    # A service without news notices a new stream within seconds, not at once.
    eventually(lambda: held <= set(stream_ids(cluster)), within=30, every=0.5)


def test_a_deleted_consumer_is_made_again(scene: Scene, database: str) -> None:
    cluster = scene.cluster
    scene.write(20)
    cluster.wait_converged()
    deleted = cluster.consumers()["metrics"]["created"]
    _delete_consumer(cluster)
    scene.write(5)
    made_again = eventually(lambda: cluster.consumers().get("metrics", {}), within=20)
    remade = made_again["created"] != deleted
    scene.verdict(f"consumer deleted, {database}", consumers_made=remade).hold()


def test_a_consumer_whose_files_are_gone_is_made_again(scene: Scene, database: str) -> None:
    cluster = scene.cluster
    scene.write(5)
    cluster.wait_converged()
    created = cluster.consumers()["metrics"]["created"]
    with cluster.down("metrics"):
        # The broker itself removes them now and then, when a stream is made anew soon after it was deleted.
        for files in (cluster.home / "jetstream").rglob("obs/metrics"):
            shutil.rmtree(files)
        scene.write(5)

    def made_again() -> bool:
        """It is listed as it was until somebody asks for it, and missing for a moment."""
        return bool(cluster.consumers().get("metrics", {"created": created})["created"] != created)

    remade = eventually(made_again, within=20)
    scene.verdict(f"consumer's files lost, {database}", consumers_made=remade).hold()

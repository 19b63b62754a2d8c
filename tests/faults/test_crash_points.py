"""F2: what a crash at each named point leaves behind, exactly."""

from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, Postgres, eventually
from tests.conftest import found_community
from tests.faults.history import miscounted, stream_ids


class Joining:
    """One person to be added, straight at membership, under one key however often it is tried."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.handle = f"h{uuid4().hex[:20]}"
        with cluster.direct("membership") as client:
            self.community = found_community(client)
        cluster.wait_converged()

    def attempt(self) -> httpx.Response | None:
        """The answer; None when the connection broke."""
        with self.cluster.direct("membership", timeout=5.0) as client:
            try:
                return client.post(
                    f"/v1/communities/{self.community}/members",
                    json={"handle": self.handle, "display_name": self.handle},
                    headers={"Idempotency-Key": self.handle},
                )
            except httpx.TransportError:
                return None

    def stored(self) -> list[UUID]:
        rows = self.cluster.rows("membership", f"SELECT id FROM member WHERE handle = '{self.handle}'")
        return [UUID(row[0]) for row in rows]

    def fact_ids(self) -> list[str]:
        [member] = self.stored()
        sql = f"SELECT fact_id FROM outbox WHERE aggregate_id = '{member}'"
        return [row[0] for row in self.cluster.rows("membership", sql)]

    def happened_once(self) -> None:
        """One member, one fact, at least once in the stream, applied once."""
        self.cluster.wait_converged()
        [fact] = self.fact_ids()
        assert fact in stream_ids(self.cluster)
        applied = Counter(row[0] for row in self.cluster.rows("metrics", "SELECT fact_id FROM inbox"))
        assert applied[fact] == 1
        assert miscounted(self.cluster) == 0


@pytest.fixture
def joining(breakable: Cluster) -> Joining:
    return Joining(breakable)


def test_before_the_commit_nothing_has_happened(breakable: Cluster, joining: Joining) -> None:
    pid = breakable.crash_at("membership", "before_commit")
    assert joining.attempt() is None
    assert joining.stored() == []
    breakable.restarted("membership", pid)
    again = joining.attempt()
    assert again is not None
    assert again.status_code == 201
    joining.happened_once()


def test_after_the_commit_the_repeat_gets_the_first_answer(breakable: Cluster, joining: Joining) -> None:
    pid = breakable.crash_at("membership", "after_commit_before_ack")
    assert joining.attempt() is None
    [member] = joining.stored()
    breakable.restarted("membership", pid)
    again = joining.attempt()
    assert again is not None
    assert (again.status_code, again.json()["id"]) == (201, str(member))
    joining.happened_once()


@pytest.mark.parametrize("point", ["before_publish", "after_puback_before_mark"])
def test_a_fact_outlives_the_relay(breakable: Cluster, joining: Joining, point: str) -> None:
    for _ in range(3):
        pid = breakable.crash_at("membership", point)
        answer = joining.attempt()
        assert answer is None or answer.status_code == 201
        breakable.restarted("membership", pid)
        if joining.stored():
            break
        # The relay died of another fact before the request was heard: nothing happened, so it is repeated.
        assert answer is None
    joining.happened_once()


def test_a_fact_applied_but_not_acknowledged_is_recognised(breakable: Cluster, joining: Joining) -> None:
    pid = breakable.crash_at("metrics", "after_apply_before_ack")
    answer = joining.attempt()
    assert answer is not None
    assert answer.status_code == 201
    breakable.restarted("metrics", pid)
    joining.happened_once()
    eventually(lambda: breakable.metric("metrics", "guildhall_consumer_duplicates_total") >= 1)


def test_a_migration_that_was_killed_is_completed_by_the_next_start(
    tmp_path: Path, server: Postgres | None
) -> None:
    cluster = Cluster(
        tmp_path / "home", ("membership",), postgres=server, environment={"CRASHPOINT": "mid_migration"}
    )
    with pytest.raises(RuntimeError, match="ended with 2"):
        cluster.start()
    cluster.environment.pop("CRASHPOINT")
    with cluster, cluster.direct("membership") as client:
        found_community(client)

"""A backup from before an erasure does not bring anybody back."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.cli.conftest import run
from tests.erasing import ask_erasure, erase, found, receipt

NEEDLE = "only in the backup"


def write(cluster: Cluster, community: UUID, member: UUID, title: str) -> None:
    """A member starts a topic."""
    actor = Actor("member", str(member), uuid4(), member, roles=frozenset({"member"}))
    path = f"/v1/communities/{community}"
    with cluster.direct("engagement") as key, cluster.direct("engagement", actor) as client:
        channel = key.post(f"{path}/channels", json={"name": "General", "kind": "internal"}).json()["id"]
        given = {"channel_id": channel, "title": title, "body": title}
        assert client.post(f"{path}/topics", json=given).is_success


def all_erased(cluster: Cluster) -> bool:
    return cluster.rows("engagement", "SELECT 1 FROM erasure WHERE finished_at IS NULL") == []


def test_who_was_erased_since_the_backup_stays_erased(tmp_path: Path) -> None:
    first, kept, home = tmp_path / "first", tmp_path / "kept", tmp_path / "other"
    community, ada, ben = uuid4(), uuid4(), uuid4()
    with Cluster(first, ("engagement",)) as cluster:
        write(cluster, community, ada, NEEDLE)
        write(cluster, community, ben, "Ben's")
        assert run(cluster.variables(), "backup", kept).returncode == 0
        assert erase(cluster, "engagement", community, members=(ada,)) == {"topic": 1}
    moved = first.rename(tmp_path / "moved away? 50%41")
    done = run({"GUILDHALL_HOME": str(home)}, "restore", kept, "--known-to", moved)
    assert done.returncode == 0, done.stderr
    assert "engagement: 1 of 1 " in done.stdout
    with Cluster(home, ("engagement",)) as cluster:
        # As long as the lease that was in the backup.
        eventually(lambda: all_erased(cluster), within=25)
        assert found(cluster, "engagement", NEEDLE) == []
        titles = cluster.rows("engagement", "SELECT title FROM topic ORDER BY title")
        assert [row[0] for row in titles] == ["Ben's", "[erased]"]


def test_a_database_put_back_learns_from_the_other_services(cluster: Callable[..., Cluster]) -> None:
    own = cluster()
    community, ada = uuid4(), uuid4()
    write(own, community, ada, NEEDLE)
    request = ask_erasure(own, community, members=(ada,))
    for service in ("engagement", "metrics"):
        receipt(own, service, request)
    own.execute("engagement", f"UPDATE topic SET title = '{NEEDLE}', author_member_id = '{ada}'")
    for table in ("erasure", "tombstone"):
        own.execute("engagement", f"DELETE FROM {table}")
    done = run(own.variables(), "erasures")
    assert done.returncode == 0, done.stderr
    assert "engagement: 1 of 1 " in done.stdout
    receipt(own, "engagement", request)
    assert found(own, "engagement", NEEDLE) == []

"""`guildhall backup` and `restore`: what was there comes back, in another place, and agrees with itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.testing import Cluster, eventually
from tests.cli.conftest import run
from tests.cli.test_verify import wrong

SAMPLES = Path(__file__).parent / "samples"


def members(cluster: Cluster) -> list[tuple[str, str]]:
    """The members of community c-1 as its API tells, without who joined while the copy was being made."""
    with cluster.client() as client:
        (community,) = client.get("/v1/communities", params={"slug": "c-1"}).json()["items"]
        listed = client.get(f"/v1/communities/{community['id']}/members", params={"limit": 100}).json()[
            "items"
        ]
    return sorted((row["id"], row["handle"]) for row in listed if not row["handle"].startswith("late"))


@contextmanager
def people_joining(cluster: Cluster) -> Iterator[None]:
    """Lets people join one after the other as long as the block lasts."""
    done, joined = threading.Event(), threading.Event()

    def join() -> None:
        with cluster.client() as client:
            (community,) = client.get("/v1/communities", params={"slug": "c-1"}).json()["items"]
            for number in range(10_000):
                person = {"handle": f"late-{number}", "display_name": "Late"}
                client.post(f"/v1/communities/{community['id']}/members", json=person).raise_for_status()
                joined.set()
                if done.is_set():
                    return

    joining = threading.Thread(target=join)
    joining.start()
    try:
        assert joined.wait(10), "somebody joins while the block runs"
        yield
    finally:
        done.set()
        joining.join(10)


def test_a_backup_taken_under_load_comes_back_whole(cluster: Callable[..., Cluster], tmp_path: Path) -> None:
    first, kept = cluster(), tmp_path / "kept"
    imported = run(
        first.variables(), "import", "stackexchange", SAMPLES / "dump", "--community", "c-1", "--create"
    )
    assert imported.returncode == 0, imported.stderr
    if first.postgres is not None:
        refused = run(first.variables(), "backup", kept)
        assert (refused.returncode, kept.exists()) == (1, False)
        assert "pg_dump" in refused.stderr
        return
    before = members(first)
    with people_joining(first):
        done = run(first.variables(), "backup", kept)
    assert done.returncode == 0, done.stderr
    first.stop()

    home = tmp_path / "other"
    done = run({"GUILDHALL_HOME": str(home)}, "restore", kept)
    assert done.returncode == 0, done.stderr
    with Cluster(home) as second:
        assert members(second) == before
        second.wait_converged()
        eventually(lambda: wrong(run(second.variables(), "verify")) == [], within=20)


def test_a_damaged_or_second_restore_is_refused(tmp_path: Path) -> None:
    home, kept, other = tmp_path / "home", tmp_path / "kept", tmp_path / "other"
    assert run({"GUILDHALL_HOME": str(home)}, "migrate").returncode == 0
    assert run({"GUILDHALL_HOME": str(home)}, "backup", kept).returncode == 0
    assert run({"GUILDHALL_HOME": str(home)}, "backup", kept).returncode == 1

    second = run({"GUILDHALL_HOME": str(home)}, "restore", kept)
    assert (second.returncode, "has data" in second.stderr) == (1, True)

    with (kept / "metrics.db").open("r+b") as file:
        file.seek(4_000)
        file.write(b"\x00damage")
    damaged = run({"GUILDHALL_HOME": str(other)}, "restore", kept)
    assert (damaged.returncode, "damaged: metrics.db" in damaged.stderr) == (1, True)
    assert not other.exists()

    assert run({"GUILDHALL_HOME": str(other)}, "restore", home).returncode == 1

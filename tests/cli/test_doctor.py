"""`guildhall doctor`: says that all is well when it is, and what is in the way when it is not."""

import socket
from collections.abc import Callable
from pathlib import Path

from shared.testing import Cluster
from shared.testing.processes import free_block
from tests.cli.conftest import Ran, run


def test_a_running_guildhall_is_well(stack: Cluster, guildhall: Callable[..., Ran]) -> None:
    done = guildhall("doctor")
    assert done.returncode == 0, done.stdout
    for service in stack.services:
        assert f"{service} {stack.url(service).rsplit(':', 1)[1]}" in done.stdout
    assert done.stdout.count("running and ready") == len(stack.services)
    assert done.stdout.count("at the newest migration") == len(stack.services)


def test_a_machine_before_the_first_start_is_well(tmp_path: Path) -> None:
    home, port = tmp_path / "new", free_block(9)
    done = run({"GUILDHALL_HOME": str(home), "GUILDHALL_PORT": str(port)}, "doctor")
    assert done.returncode == 0, done.stdout
    assert "to be made" in done.stdout
    assert not home.exists()


def test_a_stranger_on_a_port_is_found(tmp_path: Path) -> None:
    port = free_block(9)
    with socket.create_server(("127.0.0.1", port + 1)):
        done = run({"GUILDHALL_HOME": str(tmp_path), "GUILDHALL_PORT": str(port)}, "doctor")
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert f"membership {port + 1}" in line


def test_a_home_that_is_no_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run({"GUILDHALL_HOME": str(tmp_path / "file"), "GUILDHALL_PORT": str(free_block(9))}, "doctor")
    assert done.returncode == 1
    assert "cannot be written" in done.stdout

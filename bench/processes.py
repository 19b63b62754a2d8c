"""Servers under measurement: started on free ports, kept on one core, stopped by their process id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.broker import Broker

ROOT = Path(__file__).parents[1]
READY_SECONDS = 20.0


def cores() -> tuple[int, int]:
    """The core of what is measured, and the core of all else; the same where there is but one."""
    if not hasattr(os, "sched_getaffinity"):
        return 0, 0
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def pin(pid: int, core: int) -> None:
    """Keep a process, all its threads, on `core`; where the system cannot, it runs where it likes."""
    if hasattr(os, "sched_setaffinity"):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def memory_mb(pid: int) -> float:
    """Its proportional share of memory (PSS): a page shared by three processes counts a third."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no memory of {pid}")


def parent_of(pid: int) -> int:
    """The process that started it."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


@dataclass(frozen=True)
class Server:
    """A server to be put under load."""

    port: int
    pid: int


@contextmanager
def program(
    arguments: Iterable[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ARGUMENTS`, at most as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, env={**os.environ, **(environment or {})}
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@contextmanager
def serving(
    app: str, core: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """`app`, as `bench.reference:hello`, served as the services are, on the measured core unless told."""
    port = free_port()
    with program(["bench.serve", app, str(port)], environment) as process:
        wait_for(port)
        pin(process.pid, cores()[0] if core is None else core)
        yield Server(port, process.pid)


@contextmanager
def broker(home: Path) -> Iterator[str]:
    """A broker with its store in `home`, kept off the measured core; its URL."""
    server = Broker.prepare(home)
    arguments = [str(server.home), server.name, str(server.port), str(server.monitor_port)]
    with program(["bench.broker", *arguments]) as process:
        wait_for(server.port)
        pin(process.pid, cores()[1])
        yield server.url


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])


def wait_for(port: int) -> None:
    """Return once somebody listens on `port`."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"nobody listens on {port}")

"""Keeps processes running: forks them, restarts what crashes, stops them in order, outlived by none."""

import ctypes
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, Self

import structlog

log = structlog.get_logger("guildhall.supervisor")

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0
HEALTHY_AFTER_SECONDS = 1.0
POLL_SECONDS = 0.02
STOP_SECONDS = 15.0

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


@dataclass
class Child:
    """One supervised process. `run` is called in it with the number of its former lives.

    Children of a lower `rank` are told to stop, and have ended, before those of a higher one are told.
    """

    name: str
    run: Callable[[int], object]
    is_ready: Callable[[], bool]
    rank: int = 0
    pid: int | None = field(default=None, init=False)
    ready: bool = field(default=False, init=False)
    lives: int = field(default=0, init=False)
    started: float = field(default=0.0, init=False)
    start_at: float = field(default=0.0, init=False)
    delay: float = field(default=FIRST_DELAY_SECONDS, init=False)


class Supervisor:
    """Runs children until it is told to stop, and stops them all on leaving its `with` block.

    `directory` holds `<name>.pid` of each child that runs.
    """

    def __init__(self, directory: Path, *, stop_seconds: float = STOP_SECONDS) -> None:
        self.children: list[Child] = []
        self.directory = directory
        self.stop_seconds = stop_seconds
        self.stopping = False

    def __enter__(self) -> Self:
        """From here on signals wake the loop through a socket, so that none is missed between two looks."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop_all()
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._woken.close()
            self._waker.close()

    def start(self, child: Child) -> None:
        """Forks the child now and keeps it running from then on."""
        self.children.append(child)
        self._fork(child)

    def run_once(self, work: Callable[[], object]) -> bool:
        """Runs `work` in a process of its own, whose memory and modules go with it; False when it failed."""
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become("once", parent, work)
        _, status = os.waitpid(pid, 0)
        return status == 0

    def watch(self, *, on_ready: Callable[[], None], deadline_seconds: float) -> bool:
        """Calls `on_ready` once everything is, restarts what dies, returns on SIGTERM or Ctrl-C.

        False when not everything became ready in time.
        """
        deadline = time.monotonic() + deadline_seconds
        announced = False
        while True:
            self._wait(self._pause())
            if self.stopping:
                return True
            self._reap()
            self._restart_due()
            self._check_ready()
            late = [child.name for child in self.children if not child.ready]
            if not announced and not late:
                announced = True
                on_ready()
            if not announced and time.monotonic() > deadline:
                log.error("not_ready_in_time", waiting_for=late, seconds=deadline_seconds)
                return False

    def _wait(self, seconds: float | None) -> None:
        readable, _, _ = select.select([self._woken], [], [], seconds)
        if readable:
            received = set(self._woken.recv(4096))
            self.stopping = self.stopping or bool(received - {signal.SIGCHLD})

    def _pause(self) -> float | None:
        """How long nothing is due: 20 ms while somebody is starting, else until the next restart."""
        if any(child.pid is not None and not child.ready for child in self.children):
            return POLL_SECONDS
        due = [child.start_at for child in self.children if child.pid is None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _restart_due(self) -> None:
        for child in self.children:
            if child.pid is None and child.start_at <= time.monotonic():
                self._fork(child)

    def _fork(self, child: Child) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _become(child.name, parent, lambda: child.run(child.lives))
        child.pid, child.ready, child.started = pid, False, time.monotonic()
        child.lives += 1
        self._pid_file(child).write_text(f"{pid}\n", encoding="utf-8")

    def _pid_file(self, child: Child) -> Path:
        return self.directory / f"{child.name}.pid"

    def _check_ready(self) -> None:
        for child in self.children:
            if child.pid is not None and not child.ready:
                child.ready = child.is_ready()

    def _reap(self) -> None:
        for child in self.children:
            if child.pid is not None:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    self._ended(child, status)

    def _ended(self, child: Child, status: int) -> None:
        pid, child.pid = child.pid, None
        self._pid_file(child).unlink(missing_ok=True)
        if self.stopping:
            return
        alive = time.monotonic() - child.started
        if child.ready and alive >= HEALTHY_AFTER_SECONDS:
            child.delay = FIRST_DELAY_SECONDS
        child.ready = False
        child.start_at = time.monotonic() + child.delay
        log.warning(
            "process_ended",
            process=child.name,
            ended_pid=pid,
            exit_code=os.waitstatus_to_exitcode(status),
            alive_seconds=round(alive, 3),
            restart_in_seconds=child.delay,
        )
        child.delay = min(child.delay * 2, LONGEST_DELAY_SECONDS)

    def _stop_all(self) -> None:
        """Rank by rank, within `stop_seconds` altogether; a rank leaves a second to each that follows."""
        self.stopping = True
        end = time.monotonic() + self.stop_seconds
        ranks = sorted({child.rank for child in self.children})
        for position, rank in enumerate(ranks, start=1):
            self._stop_rank(rank, end - (len(ranks) - position))

    def _stop_rank(self, rank: int, end: float) -> None:
        """SIGTERM, then SIGKILL for who has not ended when the time is up."""
        members = [child for child in self.children if child.rank == rank and child.pid is not None]
        for child in members:
            _send(child, signal.SIGTERM)
        while any(child.pid is not None for child in members) and time.monotonic() < end:
            self._wait(max(0.0, min(0.5, end - time.monotonic())))
            self._reap()
        for child in members:
            if child.pid is not None:
                log.warning("process_killed", process=child.name, killed_pid=child.pid)
                _send(child, signal.SIGKILL)
                _, status = os.waitpid(child.pid, 0)
                self._ended(child, status)


def _send(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if child.pid is not None:
            os.kill(child.pid, number)


def _become(name: str, parent: int, work: Callable[[], object]) -> NoReturn:
    """The rest of a forked process: `work`, then the end; never a return into the parent's stack."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)  # Ctrl-C in the terminal reaches the parent alone, which keeps the order
        _tie_to_parent(name, parent)
        work()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it was, it ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tie_to_parent(name: str, parent: int) -> None:
    """The kernel kills this process when its parent dies, and `ps` tells which one it is; Linux only."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NAME, f"gh-{name}".encode())
    if os.getppid() != parent:
        os._exit(1)

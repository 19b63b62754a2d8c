"""Ports and processes as tests need to look at them."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For `Popen(preexec_fn=...)`: the process gets this signal when the tests die; Linux only."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, number)

    return tie


def free_block(size: int) -> int:
    """The first of `size` consecutive free ports of loopback, below the range of outgoing connections."""
    for _ in range(100):
        first = random.randrange(20_000, 32_000 - size)  # noqa: S311 - any will do
        with suppress(OSError):
            for port in range(first, first + size):
                socket.create_server(("127.0.0.1", port)).close()
            return first
    raise RuntimeError("no free block of ports")


def answers(url: str) -> bool:
    """Whether something there answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than an entry its parent has not read yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return state(pid) not in ("", "Z")


def state(pid: int) -> str:
    """The letter `ps` shows: R, S, T (stopped), Z (ended, not waited for); empty for no such process."""
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout[:1]

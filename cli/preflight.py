"""What could be in the way of `guildhall up`, each thing said in one line before anything is started."""

import errno
import fcntl
import os
import socket
import time
from pathlib import Path

from pydantic import ValidationError

from shared.settings import settings

LOCK_SECONDS = 1.0


class CannotStart(Exception):
    """Why nothing was started, in one line for the operator."""


def prepared_home() -> Path:
    """The data directory, existing and writable, as an absolute path."""
    try:
        home = settings().home.absolute()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise CannotStart(f"GUILDHALL_{name}: {first['msg']}" if name else first["msg"]) from None
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "run").mkdir(exist_ok=True)
        probe = home / "run" / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as refused:
        raise CannotStart(f"the data directory {home} cannot be written: {refused.strerror}") from None
    os.environ["GUILDHALL_HOME"] = str(home)
    return home


def lock(home: Path, name: str) -> int:
    """A lock held while this process or a child of it lives: a store in `home` has one set of writers."""
    descriptor = os.open(home / "run" / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CannotStart(f"another guildhall already runs on {home}") from None
            # The children of a killed parent need a moment to die.
            time.sleep(0.05)


def refuse_taken_port(service: str) -> None:
    """Raise unless the service can listen on its port."""
    host, port = settings().host, settings().port_of(service)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            taken = refused.errno == errno.EADDRINUSE
            why = "is taken" if taken else f"cannot be used: {refused.strerror}"
            advice = "choose other ports with GUILDHALL_PORT"
            raise CannotStart(f"port {port} of {host} ({service}) {why}; {advice}") from None

"""Named points at which a process kills itself, so that tests can prove what a crash there leaves behind.

GUILDHALL_CRASHPOINT names the point; a restarted process survives it. `@FILE` instead of a name waits for
that file, which says `<service>:<point>`: the first such process to pass there removes it and dies.
"""

import os
import signal
from pathlib import Path

from shared.telemetry import service_name

_GIVEN = os.environ.get("GUILDHALL_CRASHPOINT", "")
_FILE = Path(_GIVEN[1:]) if _GIVEN.startswith("@") else None
_disarmed = False


def crashpoint(name: str) -> None:
    """Die by SIGKILL here when it is this point's turn."""
    if _GIVEN and (_taken(_FILE, name) if _FILE is not None else name == _GIVEN and not _disarmed):
        os.kill(os.getpid(), signal.SIGKILL)


def disarm() -> None:
    """From now on the point that was named kills nobody."""
    global _disarmed
    _disarmed = True


def _taken(file: Path, name: str) -> bool:
    try:
        if file.read_text(encoding="utf-8") != f"{service_name()}:{name}":
            return False
        file.unlink()
    except FileNotFoundError:
        return False
    return True

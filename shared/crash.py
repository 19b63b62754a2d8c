"""Named points at which a process kills itself, so that tests can prove what a crash there leaves behind."""

import os
import signal

_POINT, _, _TIMES = os.environ.get("GUILDHALL_CRASHPOINT", "").partition(":")
_passed = 0
_disarmed = False


def crashpoint(name: str) -> None:
    """Die by SIGKILL here when GUILDHALL_CRASHPOINT is `name` (or `name:3`: at the third passing)."""
    global _passed  # noqa: PLW0603 - counts for the life of the process
    if name != _POINT:
        return
    _passed += 1
    if _passed >= int(_TIMES or 1) and not _disarmed:
        os.kill(os.getpid(), signal.SIGKILL)


def disarm() -> None:
    """No more deaths here: a restarted process survives the point that killed its predecessor."""
    global _disarmed  # noqa: PLW0603 - for the life of the process
    _disarmed = True

"""The only source of time."""

import os
import time
from datetime import UTC, datetime, timedelta

_OFFSET_SECONDS = float(os.environ.get("GUILDHALL_CLOCK_OFFSET_SECONDS") or 0)
_OFFSET = timedelta(seconds=_OFFSET_SECONDS)


def seconds() -> float:
    """The present instant as seconds since 1970, shifted alike."""
    return time.time() + _OFFSET_SECONDS


def now() -> datetime:
    """The present instant in UTC, shifted by GUILDHALL_CLOCK_OFFSET_SECONDS for tests from outside."""
    return datetime.now(UTC) + _OFFSET if _OFFSET else datetime.now(UTC)

"""The only source of time."""

import os
from datetime import UTC, datetime, timedelta

_OFFSET = timedelta(seconds=float(os.environ.get("GUILDHALL_CLOCK_OFFSET_SECONDS") or 0))


def now() -> datetime:
    """The present instant in UTC, shifted by GUILDHALL_CLOCK_OFFSET_SECONDS for tests from outside."""
    return datetime.now(UTC) + _OFFSET if _OFFSET else datetime.now(UTC)

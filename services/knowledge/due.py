"""What is due by the clock: one thing that cannot be done holds up none of those behind it."""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

import structlog

from shared.problems import InsufficientStorage, Unavailable

R = TypeVar("R")
log = structlog.get_logger("due")


async def tried(work: Awaitable[R], about: UUID) -> R | None:
    """What the work comes to; None when a defect stops it, which is logged. While the database is away
    nothing else would go better: that is raised."""
    try:
        return await work
    except (Unavailable, InsufficientStorage):
        raise
    except Exception as error:
        log.exception("due_not_done", about=str(about), error=type(error).__name__)
        return None

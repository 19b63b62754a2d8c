"""Small things noted beside answers (a look, a search) and written together a moment later.

Every process has its own, whoever leads; the memory they take is bounded, and what was noted in the last
moment before a crash is lost: for statistics only, never for what a caller was promised.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter

from shared.problems import Problem
from shared.store import Store

T = TypeVar("T")
log = structlog.get_logger("batches")
_DROPPED = Counter("guildhall_batches_dropped", "Things noted while too many waited.", ["batch"])


class Batch(Generic[T]):
    """What is noted until `seconds` after the first of it; `write` gets it all, in the order noted."""

    def __init__(
        self,
        name: str,
        write: Callable[[Store, list[T]], Awaitable[None]],
        *,
        seconds: float = 1.0,
        most: int = 5000,
    ) -> None:
        self._name = name
        self._write = write
        self._seconds = seconds
        self._most = most
        self._noted: list[T] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.Task[None] | None = None

    def note(self, store: Store, thing: T) -> None:
        """Have `thing` written soon; it is dropped, and counted, when `most` wait already."""
        if len(self._noted) >= self._most:
            _DROPPED.labels(self._name).inc()
            return
        self._noted.append(thing)
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._later(store))

    async def written(self, store: Store) -> None:
        """Return when what was noted until now is written, as far as it can be."""
        noted, self._noted = self._noted, []
        if noted:
            task = asyncio.create_task(self._written(store, noted))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _later(self, store: Store) -> None:
        await asyncio.sleep(self._seconds)
        self._waiting = None
        await self.written(store)

    async def _written(self, store: Store, noted: list[T]) -> None:
        try:
            await self._write(store, noted)
        except Problem as problem:
            log.warning("batch_not_written", batch=self._name, problem=problem.title, count=len(noted))
        except Exception as error:
            log.exception("batch_failed", batch=self._name, error=type(error).__name__, count=len(noted))

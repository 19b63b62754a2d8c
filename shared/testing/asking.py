"""Questions to PostgreSQL from a test, on connections that are kept: most take less long than to connect."""

import asyncio
import threading
from contextlib import suppress
from typing import Any

import asyncpg

KEPT = 12
"""Connections at most; the one that was used longest ago gives way."""


class Asker:
    """Asks one question at a time, from whichever thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kept: dict[str, asyncpg.Connection] = {}

    def ask(self, url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
            return self._loop.run_until_complete(self._ask(url, sql, *values))

    def close(self) -> None:
        """Ends every connection; the next question makes another one."""
        with self._lock:
            loop, self._loop = self._loop, None
            if loop is not None:
                loop.run_until_complete(self._give_up(*self._kept))
                loop.close()

    async def _ask(self, url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = self._kept.pop(url, None)
        if connection is None or connection.is_closed():
            await self._give_up(*list(self._kept)[: -KEPT + 1])
            # Tables change between two questions: no plan is kept.
            connection = await asyncpg.connect(url, statement_cache_size=0)
        self._kept[url] = connection
        return [tuple(row) for row in await connection.fetch(sql, *values)]

    async def _give_up(self, *urls: str) -> None:
        for url in urls:
            connection = self._kept.pop(url)
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

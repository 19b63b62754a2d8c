"""PostgreSQL: an asyncpg pool, READ COMMITTED, conditional writes, retries of serialisation failures."""

import asyncio
import random
from collections.abc import Coroutine, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from shared.crash import crashpoint
from shared.problems import InsufficientStorage, Problem, Unavailable
from shared.store.statements import Statements
from shared.store.store import HandlerAwaited, NotTried, Store
from shared.store.tx import ConstraintViolated, Context, LockTimeout, Tx, Work

R = TypeVar("R")
RETRIES = 5
ACQUIRE_SECONDS = 1.8
WATCH_SECONDS = 0.4
SILENCE_SECONDS = 1.2
"""Together below two seconds: how long a server that does not answer is waited for."""
SETTINGS = {
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
}
_OLDER = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
AND application_name = current_setting('application_name') AND xact_start < $1
"""
"""Transactions of services begun before a moment; a dump or an operator's session has another name."""
QUIESCE_SECONDS = 60.0
_RETRIABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError, TimeoutError)
_REFUSED = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
)


@dataclass(slots=True)
class _Call:
    """A statement on its way from a handler to the connection; the only thing a handler may await."""

    method: str
    sql: str
    values: Any

    def __await__(self) -> Generator["_Call", Any, Any]:
        return (yield self)


class _Driver:
    """Hands statements out of the handler's coroutine to whoever steps it."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        rows: list[Any] = await _Call("fetch", sql, values)
        return rows

    async def run(self, sql: str, values: Sequence[Any]) -> int:
        status: str = await _Call("execute", sql, values)
        return int(status.rsplit(" ", 1)[-1])

    async def run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        await _Call("executemany", sql, rows)


_DRIVER = _Driver()


async def drive(coroutine: Coroutine[Any, Any, R], connection: Any) -> R:
    """Step a handler, running its statements; a handler that awaits anything else is a defect."""
    value: Any = None
    error: BaseException | None = None
    while True:
        try:
            call = coroutine.send(value) if error is None else coroutine.throw(error)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        if not isinstance(call, _Call):
            coroutine.close()
            raise HandlerAwaited
        value = error = None
        try:
            if call.method == "executemany":
                await connection.executemany(call.sql, call.values)
            else:
                value = await getattr(connection, call.method)(call.sql, *call.values)
        except asyncpg.IntegrityConstraintViolationError as violation:
            error = ConstraintViolated(violation.constraint_name or "")
        except asyncpg.LockNotAvailableError:
            error = LockTimeout()


def as_problem(error: BaseException) -> BaseException:
    """What the caller is told when the database cannot work; programming errors stay what they are."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, asyncpg.DiskFullError):
        return InsufficientStorage()
    if isinstance(error, (*_GONE, *_REFUSED, *_RETRIABLE)):
        return Unavailable()
    return error


class PostgresStore(Store):
    """One service's database on a PostgreSQL server; any number of processes may use it."""

    def __init__(self, url: str, pool_size: int, secret: bytes) -> None:
        super().__init__(Statements(dialect.dialect()), secret)  # type: ignore[no-untyped-call]
        self._url = url
        self._pool_size = pool_size
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._in_use: set[Any] = set()
        self._silent = False

    async def open(self) -> None:
        """The pool connects when first used, so a service starts while its database is away."""
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Notice a server that is there and does not answer: who waits is told, who comes later at once."""
        probe: Any = None
        try:
            while True:
                await asyncio.sleep(WATCH_SECONDS)
                if not self._in_use and not self._silent:
                    continue
                try:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        if probe is None or probe.is_closed():
                            probe = await asyncpg.connect(self._url)
                        await probe.execute("SELECT 1")
                    self._silent = False
                except _GONE:
                    self._silent = True
                    for connection in (probe, *self._in_use):
                        if connection is not None:
                            connection.terminate()
                    probe = None
                except asyncpg.PostgresError:
                    self._silent = False  # a refusal, say of one more connection, is an answer as well
        finally:
            if probe is not None:
                probe.terminate()

    async def _connected(self) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._pool_size,
                    timeout=ACQUIRE_SECONDS,
                    command_timeout=6,
                    statement_cache_size=500,
                    server_settings=SETTINGS,
                )
        return self._pool

    async def close(self) -> None:
        self._watching.cancel()
        await asyncio.wait([self._watching])
        self._silent = True  # who comes late is refused, and opens no pool anew
        if self._pool is not None:
            try:
                async with asyncio.timeout(5):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()

    @asynccontextmanager
    async def _connection(self) -> Any:
        """A pooled connection; trouble with the database leaves as `Unavailable` within two seconds."""
        if self._silent:
            raise Unavailable
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                pool = self._pool or await self._connected()
                connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
        except (asyncpg.PostgresError, *_GONE) as error:
            raise Unavailable from error
        self._in_use.add(connection)
        try:
            yield connection
        except (asyncpg.PostgresError, *_GONE) as error:
            raise as_problem(error) from error
        finally:
            self._in_use.discard(connection)
            await self._release(pool, connection)

    @staticmethod
    async def _release(pool: Any, connection: Any) -> None:
        try:
            await pool.release(connection, timeout=1)
        except (asyncpg.PostgresError, *_GONE):
            connection.terminate()

    async def ping(self) -> None:
        async with asyncio.timeout(2), self._connection() as connection:
            await connection.fetchval("SELECT 1", timeout=1.5)

    async def read(self, work: Work[R], context: Context, *, long: bool = False) -> R:  # noqa: ARG002 - never blocks the loop
        async with (
            self._connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await drive(work(Tx(_DRIVER, self.statements, context, self.secret)), connection)

    async def write(self, work: Work[R], context: Context) -> R:
        for attempt in range(RETRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter
            tx = Tx(_DRIVER, self.statements, replace(context), self.secret)
            async with self._connection() as connection:
                try:
                    async with connection.transaction():
                        result = await drive(self._completed(work, tx), connection)
                        crashpoint("before_commit")
                except _RETRIABLE:
                    continue
            crashpoint("after_commit_before_ack")
            if tx.facts:
                self.facts_committed.set()
            return result
        raise Unavailable

    async def write_each(self, works: Sequence[tuple[Work[Any], Context]]) -> list[Any]:
        """One transaction with a savepoint each; when the transaction itself fails, the first one has."""
        outcomes: list[Any] = []
        try:
            async with self._connection() as connection, connection.transaction():
                for work, context in works:
                    tx = Tx(_DRIVER, self.statements, replace(context), self.secret)
                    try:
                        async with connection.transaction():
                            outcomes.append(await drive(self._completed(work, tx), connection))
                    except _GONE:
                        raise
                    except Exception as error:  # noqa: BLE001 - the work's caller gets it, whatever it is
                        outcomes.append(as_problem(error))
                        break
        except Exception as error:  # noqa: BLE001 - as above
            outcomes = [as_problem(error)]
        else:
            self.facts_committed.set()
        return outcomes + [NotTried()] * (len(works) - len(outcomes))

    async def quiesce(self) -> None:
        async with self._connection() as connection:
            moment = await connection.fetchval("SELECT clock_timestamp()")
        async with asyncio.timeout(QUIESCE_SECONDS):
            while True:
                async with self._connection() as connection:
                    if not await connection.fetchval(_OLDER, moment):
                        return
                await asyncio.sleep(0.1)

    async def scrub(self) -> None:
        """Nothing to do: no statement shows dead rows, and VACUUM takes them away (docs/operations.md)."""

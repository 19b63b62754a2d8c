"""SQLite: one writer connection in the event loop, group commit, read-only connections beside it.

Every write submitted in one turn of the loop shares one transaction; each has its savepoint, so a failing
handler leaves nothing and disturbs nobody. COMMIT runs in a one-thread executor while the next group gathers.
Nobody is answered before the commit that holds the write has returned.
"""

import asyncio
import re
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from shared.crash import crashpoint
from shared.problems import InsufficientStorage, Unavailable
from shared.store.statements import Statements
from shared.store.store import HandlerAwaited, NotTried, Store
from shared.store.tx import ConstraintViolated, Context, Tx, Work

R = TypeVar("R")
Rewrite = Callable[[sqlite3.Connection], Any]
GROUP_LIMIT = 256
LONG_READ_CACHE_KIB = 16_384
"""Pages a long read may keep, for each of its threads."""
REST_SECONDS = 15.0
"""Between two rewrites of a file at most; an erasure has 60 seconds."""
EMPTY_LOG_SECONDS = 0.5
_FAILED_COLUMNS = re.compile(r"^UNIQUE constraint failed: (.+)$")
_FAILED_INDEX = re.compile(r"^UNIQUE constraint failed: index '(.+)'$")
_FAILED_CHECK = re.compile(r"^CHECK constraint failed: (.+)$")


def connect(path: Path | str, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that is durable at commit, waits for locks and trusts no schema."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=500)
    if not read_only:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA secure_delete=ON")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA trusted_schema=OFF")
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


class _Driver:
    """Statements on one connection, with SQLite's errors turned into the kit's."""

    __slots__ = ("_connection", "_constraints")

    def __init__(self, connection: sqlite3.Connection, constraints: dict[frozenset[str], str]) -> None:
        self._connection = connection
        self._constraints = constraints

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._named(error) from error

    async def run(self, sql: str, values: Sequence[Any]) -> int:
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise self._named(error) from error

    async def run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._named(error) from error

    def _named(self, error: sqlite3.Error) -> BaseException:
        text = str(error)
        if isinstance(error, sqlite3.IntegrityError):
            return ConstraintViolated(self._constraint(text))
        return as_problem(error)

    def _constraint(self, text: str) -> str:
        for pattern in (_FAILED_INDEX, _FAILED_CHECK):
            if match := pattern.match(text):
                return match[1]
        if match := _FAILED_COLUMNS.match(text):
            columns = frozenset(match[1].split(", "))
            return self._constraints.get(columns, match[1])
        return text


def as_problem(error: BaseException) -> BaseException:
    """What the caller is told when the database cannot work; programming errors stay what they are."""
    if isinstance(error, sqlite3.OperationalError):
        if "full" in str(error):
            return InsufficientStorage()
        if any(word in str(error) for word in ("locked", "busy", "I/O", "open", "readonly", "interrupted")):
            return Unavailable()
    return error


def constraint_names(metadata: Sequence[sa.MetaData]) -> dict[frozenset[str], str]:
    """SQLite names columns where PostgreSQL names the constraint: columns -> constraint."""
    names: dict[frozenset[str], str] = {}
    for table in (table for each in metadata for table in each.tables.values()):
        keys: list[tuple[Any, Any]] = [
            (c.name, c.columns) for c in table.constraints if isinstance(c, sa.UniqueConstraint)
        ]
        keys += [(index.name, index.columns) for index in table.indexes if index.unique]
        for name, columns in keys:
            names[frozenset(f"{table.name}.{column.name}" for column in columns)] = str(name)
        names[frozenset(f"{table.name}.{c.name}" for c in table.primary_key.columns)] = f"{table.name}_pkey"
    return names


class SqliteStore(Store):
    """One service's store in one file; one process writes it."""

    def __init__(self, path: Path, metadata: Sequence[sa.MetaData], secret: bytes) -> None:
        super().__init__(Statements(sqlite.dialect(paramstyle="qmark")), secret)
        self.path = path
        self._constraints = constraint_names(metadata)
        self._queue: list[tuple[Work[Any], Context, asyncio.Future[Any]]] = []
        self._busy = False
        self._closing = False
        self._rests_until = 0.0
        self._of_thread = threading.local()
        self._long_connections: list[sqlite3.Connection] = []
        self._waiting_alone: list[asyncio.Future[None]] = []
        """Who needs the database without any writer; served between two groups."""

    async def open(self) -> None:
        self._writer = connect(self.path)
        self._reader = connect(self.path, read_only=True)
        self._write_driver = _Driver(self._writer, self._constraints)
        self._read_driver = _Driver(self._reader, self._constraints)
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._long_readers = ThreadPoolExecutor(2, thread_name_prefix="read")
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        self._closing = True
        while self._busy or self._queue:  # noqa: ASYNC110 - the last groups commit by themselves
            await asyncio.sleep(0.005)
        self._committer.shutdown()
        self._long_readers.shutdown(cancel_futures=True)
        for connection in self._long_connections:
            connection.close()
        self._reader.close()
        self._writer.close()

    async def ping(self) -> None:
        self._reader.execute("SELECT 1").fetchone()

    # -- reading -----------------------------------------------------------------------------------------

    async def read(self, work: Work[R], context: Context, *, long: bool = False) -> R:
        if long:
            return await self._loop.run_in_executor(self._long_readers, self._read_in_thread, work, context)
        return self._read_on(self._reader, self._read_driver, work, context)

    def _read_in_thread(self, work: Work[R], context: Context) -> R:
        """On a connection of the thread's own, which keeps what it has read of the file and the schema."""
        kept = self._of_thread
        if not hasattr(kept, "connection"):
            kept.connection = connect(self.path, read_only=True)
            kept.connection.execute(f"PRAGMA cache_size=-{LONG_READ_CACHE_KIB}")
            self._long_connections.append(kept.connection)
        return self._read_on(kept.connection, _Driver(kept.connection, self._constraints), work, context)

    def _read_on(self, connection: sqlite3.Connection, driver: _Driver, work: Work[R], context: Context) -> R:
        try:
            connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise as_problem(error) from error
        try:
            return step(work(Tx(driver, self.statements, context, self.secret)))
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")

    # -- writing -----------------------------------------------------------------------------------------

    async def write(self, work: Work[R], context: Context) -> R:
        if self._closing:
            raise Unavailable
        answer: asyncio.Future[R] = self._loop.create_future()
        self._queue.append((work, context, answer))
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._run_group)
        return await answer

    async def write_each(self, works: Sequence[tuple[Work[Any], Context]]) -> list[Any]:
        facts_left = False

        async def series(_: Tx) -> list[Any]:
            nonlocal facts_left
            outcomes: list[Any] = []
            for work, context in works:
                result, error, facts = self._run_one(work, context)
                facts_left |= facts
                outcomes.append(result if error is None else error)
                if error is not None:
                    break
            return outcomes

        try:
            outcomes = await self.write(series, Context())
        except Exception as error:  # noqa: BLE001 - the first work's caller gets it, whatever it is
            outcomes = [error]
        else:
            if facts_left:
                self.facts_committed.set()
        return outcomes + [NotTried()] * (len(works) - len(outcomes))

    def _run_group(self) -> None:
        group, self._queue = self._queue[:GROUP_LIMIT], self._queue[GROUP_LIMIT:]
        outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None, bool]] = []
        before = self._writer.total_changes
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for work, context, answer in group:
                outcomes.append((answer, *self._run_one(work, context)))
        except BaseException as error:  # noqa: BLE001 - the whole group failed: everybody in it is told
            self._abandon(error)
            problem = as_problem(error)
            self._settle([(answer, None, problem, False) for _, _, answer in group])
            return
        if self._writer.total_changes == before:
            self._writer.execute("ROLLBACK")
            self._settle(outcomes)
            return
        crashpoint("before_commit")
        committed = self._loop.run_in_executor(self._committer, self._writer.execute, "COMMIT")
        committed.add_done_callback(lambda done: self._after_commit(done, outcomes))

    def _run_one(self, work: Work[Any], context: Context) -> tuple[Any, BaseException | None, bool]:
        """Run one handler in its savepoint: its result or its error, and whether it published facts."""
        self._writer.execute("SAVEPOINT one")
        tx = Tx(self._write_driver, self.statements, context, self.secret)
        try:
            result = step(self._completed(work, tx))
        except Exception as error:
            if not self._writer.in_transaction:
                raise as_problem(error) from error
            self._writer.execute("ROLLBACK TO one")
            self._writer.execute("RELEASE one")
            return None, error, False
        self._writer.execute("RELEASE one")
        return result, None, bool(tx.facts)

    def _after_commit(self, done: "asyncio.Future[Any]", outcomes: list[Any]) -> None:
        error = done.exception()
        if error is not None:
            self._abandon(error)
            problem = as_problem(error)
            outcomes = [(answer, None, failed or problem, False) for answer, _, failed, _ in outcomes]
        else:
            crashpoint("after_commit_before_ack")
        self._settle(outcomes)

    def _settle(self, outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None, bool]]) -> None:
        for answer, result, error, _ in outcomes:
            if answer.done():
                continue
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)
        if any(facts for *_, facts in outcomes):
            self.facts_committed.set()
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting_alone:
            self._waiting_alone.pop(0).set_result(None)
        elif self._queue:
            self._loop.call_soon(self._run_group)
        else:
            self._busy = False

    # -- forgetting --------------------------------------------------------------------------------------

    async def quiesce(self) -> None:
        """One writer: what was open has ended."""

    async def scrub(self, rewrite: Rewrite | None = None) -> None:
        """Rewrite the file, in the commit thread: reads go on, writes wait (docs/decisions/0009).

        `secure_delete` alone leaves copies behind where rows moved between pages. After a rewrite writes have
        three times as long for themselves. Readers of an old state hinder emptying the log, which alone is
        tried again then.
        """
        await asyncio.sleep(max(0.0, self._rests_until - monotonic()))
        began = monotonic()
        await self._alone(rewrite or vacuum)
        self._rests_until = monotonic() + min(3 * (monotonic() - began), REST_SECONDS)
        while not await self._alone(empty_log):  # noqa: ASYNC110 - readers tell nobody when they end
            await asyncio.sleep(EMPTY_LOG_SECONDS)

    async def _alone(self, rewrite: Rewrite) -> Any:
        """Run something between two groups of writes; it is given up when nobody waits for it any more."""
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting_alone.append(turn)
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._go_on)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting_alone.remove(turn)
            else:
                self._go_on()
            raise
        connection = connect(self.path)
        done = self._loop.run_in_executor(self._committer, rewrite, connection)

        def go_on(_: Any) -> None:
            connection.close()
            self._go_on()

        done.add_done_callback(go_on)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            connection.interrupt()
            raise
        except sqlite3.Error as error:
            raise as_problem(error) from error

    def _abandon(self, error: BaseException) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")
        self.commit_failures.inc()
        self.log.warning("commit_failed", error=type(error).__name__)


def vacuum(connection: sqlite3.Connection) -> None:
    """Rewrite a database without its free space."""
    connection.execute("VACUUM")


def empty_log(connection: sqlite3.Connection) -> bool:
    """Bring the log into the file and empty it; False when a reader hinders it."""
    connection.execute("PRAGMA busy_timeout=100")  # writers wait meanwhile
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def step(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a handler to its end without yielding to the loop; awaiting anything else is a defect."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    coroutine.close()
    raise HandlerAwaited

"""Stores of the kit itself on either database, and a real broker."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.broker import Broker
from shared.ids import uuid7
from shared.store.postgres import PostgresStore
from shared.store.sqlite import SqliteStore
from shared.store.store import Store
from shared.testing import Postgres, eventually
from tests.shared.board import METADATA

R = TypeVar("R")
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]
Opened = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture
def tenant() -> UUID:
    """A community nobody else uses."""
    return uuid7()


@pytest.fixture
def opened(server: Postgres | None, tmp_path: Path) -> Opened:
    """Opens the store of this test; opening twice gives two processes' view of one database."""
    if server is None:
        path = tmp_path / "board.db"
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
        for metadata in METADATA:
            metadata.create_all(engine)

        def make() -> Store:
            return SqliteStore(path, METADATA, b"secret")

    else:
        name = f"board_{uuid7().hex}"
        server.create(name)
        url = server.url(name)
        asyncio.run(_create_tables(url))

        def make() -> Store:
            return PostgresStore(url, 16, b"secret")

    @asynccontextmanager
    async def open_one() -> AsyncIterator[Store]:
        store = make()
        await store.open()
        try:
            yield store
        finally:
            await store.close()

    return open_one


async def _create_tables(url: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    for metadata in METADATA:
        for table in metadata.sorted_tables:
            made: list[Any] = [CreateTable(table), *map(CreateIndex, table.indexes)]
            for element in made:
                await connection.execute(str(element.compile(dialect=_DIALECT)))
    await connection.close()


@pytest.fixture
def in_store(opened: Opened) -> Callable[[Callable[[Store], Coroutine[Any, Any, R]]], R]:
    """Runs a coroutine function of an open store."""

    def run(work: Callable[[Store], Coroutine[Any, Any, R]]) -> R:
        async def whole() -> R:
            async with opened() as store, asyncio.timeout(30):
                return await work(store)

        return asyncio.run(whole())

    return run


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real broker for tests that run relay and consumer in this process."""
    broker = Broker.prepare(tmp_path_factory.mktemp("nats"))
    code = "import sys; from pathlib import Path; from shared.broker import Broker; "
    code += "Broker(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])).execute()"
    arguments = [str(broker.home), broker.name, str(broker.port), str(broker.monitor_port)]
    process = subprocess.Popen([sys.executable, "-c", code, *arguments])
    try:
        eventually(broker.is_ready, within=10)
        yield broker
    finally:
        process.terminate()
        process.wait(10)

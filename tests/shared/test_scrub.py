"""What was deleted is in no file of a SQLite database after a scrub, and writes only wait for it."""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa

from shared.store import Context, Tx
from shared.store.sqlite import SqliteStore, connect, empty_log, vacuum
from tests.shared.board import METADATA

NEEDLE = "NEEDLE"
NOTES = sa.Table(
    "note", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("body", sa.Text)
)


@pytest.fixture
def churned(tmp_path: Path) -> Iterator[Path]:
    """A database whose texts were changed and moved between pages, and every needle deleted in the end."""
    path = tmp_path / "churned.db"
    chance = random.Random(1)
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE text (id TEXT PRIMARY KEY, body TEXT)")
        connection.execute("CREATE INDEX text_body ON text (body)")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        ids: list[tuple[str, str]] = []
        for number in range(12_000):
            word = NEEDLE if number % 10 == 0 else "other"
            ids.append((f"{chance.getrandbits(128):032x}", word))
            body = f"{word}{number:08d}" + "x" * chance.randrange(300)
            connection.execute("INSERT INTO text VALUES (?, ?)", (ids[-1][0], body))
            changed, word = chance.choice(ids)
            body = f"{word}{number:08d}" + "y" * chance.randrange(3000)
            connection.execute("UPDATE text SET body = ? WHERE id = ?", (body, changed))
        connection.execute("COMMIT")
        connection.execute(f"DELETE FROM text WHERE body LIKE '{NEEDLE}%'")
        yield path


def traces(path: Path) -> int:
    return sum(file.read_bytes().count(NEEDLE.encode()) for file in path.parent.glob(f"{path.name}*"))


def test_a_rewrite_leaves_no_trace(churned: Path) -> None:
    assert traces(churned) > 0, "the log at least has them"
    with closing(connect(churned)) as connection:
        vacuum(connection)
        assert empty_log(connection)
    assert traces(churned) == 0
    assert (churned.parent / f"{churned.name}-wal").stat().st_size == 0


def test_deleting_alone_leaves_copies(churned: Path) -> None:
    """Why the file is rewritten: `secure_delete` misses what moved between pages."""
    with closing(sqlite3.connect(churned)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert traces(churned) > 0


def test_every_writer_overwrites_what_it_deletes(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "some.db")) as connection:
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def log_of(path: Path) -> int:
    """How large the write-ahead log is."""
    return path.with_name(f"{path.name}-wal").stat().st_size


def in_store(path: Path, work: Callable[[SqliteStore], Coroutine[Any, Any, None]]) -> None:
    """Run something on a store with one note in it."""

    async def run() -> None:
        store = SqliteStore(path, METADATA, b"")
        await store.open()
        try:
            async with asyncio.timeout(20):
                await work(store)
        finally:
            await store.close()

    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)")
        connection.execute("INSERT INTO note (body) VALUES ('first')")
    asyncio.run(run())


async def note(tx: Tx) -> None:
    await tx.execute(sa.insert(NOTES), {"body": "x" * 500})


def test_a_reader_delays_the_end_and_neither_writes_nor_the_file(tmp_path: Path) -> None:
    """While somebody reads an old state the log cannot be emptied: the file is not rewritten meanwhile."""
    path = tmp_path / "read.db"

    async def work(store: SqliteStore) -> None:
        with closing(connect(path, read_only=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM note").fetchall()
            scrubbed = asyncio.create_task(store.scrub())
            await asyncio.sleep(0.5)
            before = log_of(path)
            began = monotonic()
            for _ in range(5):
                await store.write(note, Context())
                await asyncio.sleep(0.2)
            assert monotonic() - began < 3
            assert not scrubbed.done()
            assert log_of(path) < before + 5 * 40_000
            reader.execute("COMMIT")
        await scrubbed
        assert log_of(path) == 0

    in_store(path, work)


def test_one_rewrite_after_the_other_leaves_writes_their_time(tmp_path: Path) -> None:
    path = tmp_path / "rest.db"

    async def work(store: SqliteStore) -> None:
        begun: list[float] = []

        def slow(_: sqlite3.Connection) -> None:
            begun.append(monotonic())
            sleep(0.2)

        for _ in range(3):
            await store.scrub(slow)
        pauses = [later - earlier - 0.2 for earlier, later in pairwise(begun)]
        assert all(0.5 < pause < 2 for pause in pauses), pauses

    in_store(path, work)


def test_who_stops_does_not_wait_for_a_rewrite(tmp_path: Path) -> None:
    path = tmp_path / "stopped.db"

    async def work(store: SqliteStore) -> None:
        def endless(connection: sqlite3.Connection) -> None:
            connection.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
            ).fetchone()

        scrubbed = asyncio.create_task(store.scrub(endless))
        await asyncio.sleep(0.2)
        scrubbed.cancel()
        await asyncio.wait([scrubbed])
        await store.write(note, Context())

    in_store(path, work)


def test_writes_wait_and_none_is_lost(tmp_path: Path) -> None:
    """Two scrubs among writes; one of the scrubs is given up by whoever asked for it."""
    path = tmp_path / "busy.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)")

    async def work() -> int:
        store = SqliteStore(path, METADATA, b"")
        await store.open()
        try:
            async with asyncio.timeout(20):
                writes = [asyncio.create_task(store.write(note, Context())) for _ in range(600)]
                given_up = asyncio.create_task(store.scrub())
                await asyncio.sleep(0)
                given_up.cancel()
                await store.scrub()
                writes += [asyncio.create_task(store.write(note, Context())) for _ in range(300)]
                await asyncio.gather(store.scrub(), *writes)
                await asyncio.wait([given_up])
        finally:
            await store.close()
        return len(writes)

    written = asyncio.run(work())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (written,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

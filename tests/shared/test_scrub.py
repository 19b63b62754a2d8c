"""What was deleted is in no file of a SQLite database after a scrub, and writes only wait for it."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.store import Context, Tx
from shared.store.sqlite import SqliteStore, connect, rewrite
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
    rewrite(churned)
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


def test_writes_wait_and_none_is_lost(tmp_path: Path) -> None:
    """Two scrubs among writes; one of the scrubs is given up by whoever asked for it."""
    path = tmp_path / "busy.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)")

    async def note(tx: Tx) -> None:
        await tx.execute(sa.insert(NOTES), {"body": "x" * 500})

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

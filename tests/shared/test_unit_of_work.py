"""One transaction per use case: whole or not at all, on both databases, under any concurrency."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from sqlmodel import select

from shared.problems import InsufficientStorage, NotFound, Stale, Unavailable
from shared.store import ConstraintViolated, Context, HandlerAwaited, Tx, across, constant, scope, tables
from shared.store.postgres import PostgresStore
from shared.store.sqlite import SqliteStore, connect
from shared.store.statements import UnscopedStatement
from shared.store.store import NotTried, Store
from shared.store.tx import GENESIS, VersionsAndFactsDiffer, chain_hash
from tests.shared.board import Board, Full, NameTaken, Seat, SeatTaken, facts_of, found, names, sit, take

InStore = Callable[[Callable[[Store], Coroutine[Any, Any, Any]]], Any]


def test_check_then_act_by_eight_at_once_fills_a_capacity_exactly(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> tuple[int, int, int, list[Any]]:
        board = await store.write(found, Context(community_id=tenant))

        async def eager() -> tuple[int, int]:
            outcomes = [0, 0]
            for _ in range(25):
                try:
                    await store.write(lambda tx: take(tx, board.id), Context(community_id=tenant))
                    outcomes[0] += 1
                except Full:
                    outcomes[1] += 1
            return outcomes[0], outcomes[1]

        results = await asyncio.gather(*(eager() for _ in range(8)))
        after = await store.read(
            lambda tx: tx.one(select(Board).where(scope(Board), Board.id == board.id)),
            Context(community_id=tenant),
        )
        taken, refused = (sum(column) for column in zip(*results, strict=True))
        return taken, refused, after.taken, await facts_of(store, board.id)

    taken, refused, stored, facts = in_store(run)
    assert (taken, refused, stored) == (100, 100, 100)
    assert [fact.aggregate_version for fact in facts] == list(range(1, 102))


def test_a_failing_handler_leaves_nothing_and_disturbs_nobody(in_store: InStore, tenant: UUID) -> None:
    async def fail(tx: Tx) -> None:
        await sit(tx, "phantom")
        raise ValueError("after the insert")

    async def run(store: Store) -> tuple[list[Any], list[str]]:
        works = [lambda tx, n=n: sit(tx, n) for n in ("ada", "ada", "bob")] + [
            fail,
            lambda tx: sit(tx, "eve"),
        ]
        outcomes = await asyncio.gather(
            *(store.write(work, Context(community_id=tenant)) for work in works), return_exceptions=True
        )
        return outcomes, await store.read(names, Context(community_id=tenant))

    outcomes, seated = in_store(run)
    assert seated == ["ada", "bob", "eve"]
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "NameTaken",
        "Seat",
        "Seat",
        "Seat",
        "ValueError",
    ]


def test_works_given_together_are_each_whole_or_nothing_and_none_overtakes_a_failed_one(
    in_store: InStore, tenant: UUID
) -> None:
    async def run(store: Store) -> tuple[list[Any], list[str]]:
        works = [lambda tx, n=n: sit(tx, n) for n in ("ada", "ada", "bob")]
        outcomes = await store.write_each([(work, Context(community_id=tenant)) for work in works])
        return outcomes, await store.read(names, Context(community_id=tenant))

    outcomes, seated = in_store(run)
    assert [type(outcome) for outcome in outcomes] == [Seat, NameTaken, NotTried]
    assert seated == ["ada"]


def test_a_database_locked_by_another_process_is_unavailable_and_no_defect(
    in_store: InStore, tenant: UUID
) -> None:
    async def run(store: Store) -> list[Any]:
        if not isinstance(store, SqliteStore):
            pytest.skip("on PostgreSQL nobody locks a whole database")
        store._writer.execute("PRAGMA busy_timeout=50")
        other = connect(store.path)
        other.execute("BEGIN IMMEDIATE")
        works: list[Any] = [
            (lambda tx, n=n: sit(tx, n), Context(community_id=tenant)) for n in ("ada", "bob")
        ]
        locked = [
            *await asyncio.gather(store.write(*works[0]), return_exceptions=True),
            (await store.write_each(works))[0],
        ]
        other.execute("ROLLBACK")
        other.close()
        return [*locked, await store.write(*works[0])]

    assert [type(outcome) for outcome in in_store(run)] == [Unavailable, Unavailable, Seat]


def test_a_server_that_takes_no_more_connections_serves_those_it_has(in_store: InStore, tenant: UUID) -> None:
    async def patiently(tx: Tx) -> None:
        await sit(tx, "ada")
        await tx.all(sa.text("SELECT pg_sleep(1)"))

    async def run(store: Store) -> list[str]:
        if not isinstance(store, PostgresStore):
            pytest.skip("SQLite has no connections to run out of")
        await store.read(names, Context(community_id=tenant))
        async with closing_to_others(store):
            await store.write(patiently, Context(community_id=tenant))
            return await store.read(names, Context(community_id=tenant))

    assert in_store(run) == ["ada"]


@asynccontextmanager
async def closing_to_others(store: PostgresStore) -> AsyncIterator[None]:
    """The server refuses every new connection to this database."""
    inside = await asyncpg.connect(store._url)
    name = await inside.fetchval("SELECT current_database()")
    await inside.close()
    server = await asyncpg.connect(store._url, database="postgres")
    try:
        await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        yield
        await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await server.close()


def test_a_handler_that_awaits_anything_but_its_transaction_is_refused(
    in_store: InStore, tenant: UUID
) -> None:
    async def sleepy(tx: Tx) -> None:
        await sit(tx, "sleepy")
        await asyncio.sleep(0)

    async def run(store: Store) -> list[str]:
        with pytest.raises(HandlerAwaited):
            await store.write(sleepy, Context(community_id=tenant))
        return await store.read(names, Context(community_id=tenant))

    assert in_store(run) == []


def test_what_a_full_disk_refuses_is_not_there_and_what_it_answered_is(
    in_store: InStore, tenant: UUID
) -> None:
    async def run(store: Store) -> tuple[int, int, int]:
        if not isinstance(store, SqliteStore):
            pytest.skip("a full disk is made with SQLite's page limit")
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count={pages + 4}")
        answered = refused = 0
        for start in range(0, 400, 8):
            works = [lambda tx, i=i: sit(tx, f"{i}-{'x' * 200}") for i in range(start, start + 8)]
            outcomes = await asyncio.gather(
                *(store.write(work, Context(community_id=tenant)) for work in works), return_exceptions=True
            )
            answered += sum(isinstance(outcome, Seat) for outcome in outcomes)
            refused += sum(isinstance(outcome, InsufficientStorage) for outcome in outcomes)
        store._writer.execute("PRAGMA max_page_count=100000")
        stored = len(await store.read(names, Context(community_id=tenant)))
        await store.write(lambda tx: sit(tx, "after"), Context(community_id=tenant))
        return answered, refused, stored

    answered, refused, stored = in_store(run)
    assert refused > 0
    assert answered == stored


def test_a_statement_without_its_tenant_never_runs(in_store: InStore, tenant: UUID) -> None:
    other = uuid4()

    async def run(store: Store) -> None:
        await store.write(lambda tx: sit(tx, "ada"), Context(community_id=tenant))
        for statement in (
            select(Seat),
            sa.update(Seat).values(name="x"),
            sa.delete(Seat).where(Seat.name == "ada"),
            select(Seat).join(Board, Board.community_id == Seat.community_id),
            select(Seat).where(scope(Board)),
            select(Seat).where(sa.or_(scope(Seat), Seat.name == "ada")),
            select(Seat).where(sa.not_(sa.and_(scope(Seat), Seat.name == "bob"))),
            sa.insert(Seat).from_select(["name"], select(Seat.name)),
        ):
            with pytest.raises(UnscopedStatement):
                await store.write(lambda tx, s=statement: tx.all(s), Context(community_id=tenant))
        assert await store.read(names, Context(community_id=other)) == []
        everybody = across(select(Seat), why="the test counts all")
        assert len(await store.read(lambda tx: tx.all(everybody), Context(community_id=other))) == 1
        with pytest.raises(ValueError, match="another community"):
            await store.write(
                lambda tx: tx.insert(Seat(community_id=tenant, name="eve")), Context(community_id=other)
            )

    in_store(run)


def test_versions_and_facts_must_match(in_store: InStore, tenant: UUID) -> None:
    async def silent(tx: Tx, board_id: UUID) -> None:
        await tx.lock(Board, board_id)

    async def talkative(tx: Tx, board_id: UUID) -> None:
        await tx.lock(Board, board_id)
        for _ in range(2):
            tx.publish(SeatTaken(community_id=tenant, board_id=board_id))

    async def run(store: Store) -> list[int]:
        board = await store.write(found, Context(community_id=tenant))
        for handler in (silent, talkative):
            with pytest.raises(VersionsAndFactsDiffer):
                await store.write(lambda tx, h=handler: h(tx, board.id), Context(community_id=tenant))
        return [fact.aggregate_version for fact in await facts_of(store, board.id)]

    assert in_store(run) == [1]


def test_many_are_locked_and_changed_at_once(in_store: InStore, tenant: UUID) -> None:
    """Each for one fact of its own, and none of another community."""

    async def change(tx: Tx, ids: list[UUID], told: list[UUID]) -> None:
        await tx.lock_all(Board, ids, capacity=9)
        for board_id in told:
            tx.publish(SeatTaken(community_id=tenant, board_id=board_id))

    async def run(store: Store) -> list[list[int]]:
        here, elsewhere = Context(community_id=tenant), Context(community_id=uuid4())
        boards = [(await store.write(found, here)).id for _ in range(3)]
        await store.write(lambda tx: change(tx, boards, []), elsewhere)
        with pytest.raises(VersionsAndFactsDiffer):
            await store.write(lambda tx: change(tx, boards, boards[:2]), here)
        await store.write(lambda tx: change(tx, [*boards, uuid4()], boards), here)
        return [[fact.aggregate_version for fact in await facts_of(store, each)] for each in boards]

    assert in_store(run) == [[1, 2]] * 3


def test_a_stale_version_is_told_from_a_missing_row(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> None:
        board = await store.write(found, Context(community_id=tenant))
        with pytest.raises(Stale):
            await store.write(lambda tx: take(tx, board.id), Context(community_id=tenant, expected_version=7))
        with pytest.raises(NotFound):
            await store.write(lambda tx: take(tx, uuid4()), Context(community_id=tenant, expected_version=1))
        with pytest.raises(NotFound):
            await store.write(
                lambda tx: take(tx, board.id), Context(community_id=uuid4(), expected_version=1)
            )
        after = await store.write(
            lambda tx: take(tx, board.id), Context(community_id=tenant, expected_version=1)
        )
        assert after.version == 2

    in_store(run)


def test_concurrent_audit_rows_keep_one_chain(in_store: InStore, tenant: UUID) -> None:
    async def note(tx: Tx, number: int) -> None:
        tx.audit("board.note", number)

    async def run(store: Store) -> list[Any]:
        await asyncio.gather(
            *(store.write(lambda tx, n=n: note(tx, n), Context(community_id=tenant)) for n in range(20))
        )
        return await store.read(
            lambda tx: tx.all(sa.select(tables.audit).order_by(tables.audit.c.seq)), Context()
        )

    rows = in_store(run)
    assert [row.seq for row in rows] == list(range(1, 21))
    previous = GENESIS
    for row in rows:
        assert row.prev_hash == previous
        assert chain_hash(row._asdict()) == row.hash
        previous = row.hash


def test_a_constraint_nobody_named_is_a_conflict_not_a_crash(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> None:
        await store.write(lambda tx: sit(tx, "ada"), Context(community_id=tenant))
        with pytest.raises(ConstraintViolated) as violated:
            await store.write(
                lambda tx: tx.insert(Seat(community_id=tenant, name="ada")), Context(community_id=tenant)
            )
        assert violated.value.constraint == "seat_name"

    in_store(run)


_BY_NAME = constant(select(Seat).where(scope(Seat), Seat.name == sa.bindparam("name")))


def test_statements_bind_what_each_call_gives(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> None:
        await store.write(
            lambda tx: tx.insert([Seat(community_id=tenant, name=n) for n in ("a", "b", "c")]),
            Context(community_id=tenant),
        )

        async def look(tx: Tx) -> None:
            assert (await tx.one(_BY_NAME, {"name": "b"})).name == "b"
            assert await tx.first(_BY_NAME, {"name": "z"}) is None
            for wanted in (["a"], ["a", "c"], []):
                rows: list[Any] = await tx.all(select(Seat).where(scope(Seat), Seat.name.in_(wanted)))  # type: ignore[attr-defined]
                assert sorted(row.name for row in rows) == wanted
            assert (await tx.one(select(Seat).where(scope(Seat), Seat.name == "c"))).name == "c"

        await store.read(look, Context(community_id=tenant))

    in_store(run)


def test_a_read_cannot_write(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> list[str]:
        for long in (False, True):
            with pytest.raises(Exception, match=r"read-?\s?only|readonly|Unavailable"):
                await store.read(lambda tx: sit(tx, "sneaky"), Context(community_id=tenant), long=long)
        return await store.read(names, Context(community_id=tenant), long=True)

    assert in_store(run) == []

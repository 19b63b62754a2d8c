"""Outbox to inbox over a real broker: every fact applied once, in order, whatever fails in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import select

from shared import epoch
from shared.broker import Broker as Server
from shared.bus import Bus
from shared.consumers import Consumers, handlers_of
from shared.dead_letters import Redrive
from shared.facts import STREAM
from shared.problems import Unavailable
from shared.relay import Relay
from shared.settings import Settings
from shared.store import Context, Tx, tables
from shared.store.store import Store
from shared.stream import Broker
from shared.telemetry import name_service, service_name
from tests.shared.board import Applied, SeatTaken, facts_of, found, take

InStore = Callable[[Callable[[Store], Coroutine[Any, Any, Any]]], Any]
Handler = Callable[[Tx, Any], Awaitable[None]]
DEADLINE_SECONDS = 15.0


@pytest.fixture
def settings(nats: Server, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that lead to the broker, which holds nothing of other tests."""
    monkeypatch.setenv("GUILDHALL_NATS_URL", nats.url)
    name_service(f"board-{uuid4().hex[:8]}")
    asyncio.run(_without_stream(Settings()))
    return Settings()


async def _without_stream(settings: Settings) -> None:
    broker = Broker(settings)
    await broker.open()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await broker.up.wait()
        await broker.ensure_stream()
        await broker.api(f"STREAM.DELETE.{STREAM}")
    await broker.close()


@asynccontextmanager
async def running(
    store: Store, settings: Settings, handler: Handler, *, many: bool = False
) -> AsyncIterator[Broker]:
    """Relay and consumer of one store, as the leading replica runs them."""
    consumers = Consumers()
    (consumers.on_many if many else consumers.on)(SeatTaken)(handler)
    broker = Broker(settings)
    await broker.open()
    handlers = handlers_of(consumers.subscriptions)
    bus = Bus(store, broker, handlers)
    relay = Relay(store, broker, settings)
    tasks = [asyncio.create_task(each) for each in (relay.run(), bus.run(), Redrive(store, handlers).run())]
    try:
        yield broker
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=5)
        await relay.settle()
        await broker.close()


async def note(tx: Tx, fact: SeatTaken) -> None:
    await tx.execute(sa.insert(Applied), {"board_id": fact.board_id, "version": fact.aggregate_version})


async def note_all(tx: Tx, facts: list[SeatTaken]) -> None:
    await tx.execute(
        sa.insert(Applied), [{"board_id": f.board_id, "version": f.aggregate_version} for f in facts]
    )


async def applied(store: Store) -> dict[UUID, list[int]]:
    """The versions each board's facts were applied in."""
    rows: list[Any] = await store.read(lambda tx: tx.all(select(Applied).order_by(Applied.seq)), Context())
    boards: dict[UUID, list[int]] = {}
    for row in rows:
        boards.setdefault(row.board_id, []).append(row.version)
    return boards


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for `condition`, but not forever."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - a condition in the store, seen only by asking
            await asyncio.sleep(0.02)


async def founded(store: Store, tenant: UUID, boards: int, seats: int) -> list[UUID]:
    """Boards with `seats` taken: `seats + 1` facts each, interleaved."""
    made = [(await store.write(found, Context(community_id=tenant))).id for _ in range(boards)]
    for _ in range(seats):
        works = [store.write(lambda tx, b=board: take(tx, b), Context(community_id=tenant)) for board in made]
        await asyncio.gather(*works)
    return made


@pytest.mark.parametrize("many", [False, True])
def test_every_fact_is_applied_once_and_in_order(
    in_store: InStore, settings: Settings, tenant: UUID, many: bool
) -> None:
    async def run(store: Store) -> dict[UUID, list[int]]:
        async with running(store, settings, note_all if many else note, many=many):
            made = await founded(store, tenant, boards=5, seats=20)

            async def complete() -> bool:
                return sum(map(len, (await applied(store)).values())) >= 105

            await until(complete)
            await asyncio.sleep(0.2)
            result = await applied(store)
        assert set(result) == set(made)
        unpublished = sa.select(tables.outbox).where(tables.outbox.c.published_at.is_(None))
        assert await store.read(lambda tx: tx.all(unpublished), Context()) == []
        return result

    assert all(versions == list(range(1, 22)) for versions in in_store(run).values())


def test_facts_published_twice_are_applied_once(in_store: InStore, settings: Settings, tenant: UUID) -> None:
    async def forget_marks(tx: Tx) -> None:
        await tx.execute(sa.update(tables.outbox).values(published_at=None, stream_seq=None))

    async def republish(tx: Tx) -> list[Any]:
        return await tx.all(sa.select(tables.outbox))

    async def run(store: Store) -> None:
        async with running(store, settings, note) as broker:
            made = await founded(store, tenant, boards=2, seats=3)

            async def complete() -> bool:
                return sum(map(len, (await applied(store)).values())) >= 8

            await until(complete)
            for row in await store.read(republish, Context()):
                await broker.request(row.subject, row.payload.encode(), headers={"Nats-Msg-Id": uuid4().hex})
            await store.write(forget_marks, Context())
            await asyncio.sleep(1.0)
            assert await applied(store) == {board: [1, 2, 3, 4] for board in made}

    in_store(run)


@pytest.mark.parametrize("many", [False, True])
def test_a_fact_that_cannot_be_applied_is_parked_and_redriven_once(  # noqa: C901 - one story, told in order
    in_store: InStore, settings: Settings, tenant: UUID, many: bool
) -> None:
    broken = {"on": True}

    async def fails_at_two(tx: Tx, fact: SeatTaken) -> None:
        if broken["on"] and fact.aggregate_version == 2:
            raise ValueError("cannot apply")
        await note(tx, fact)

    async def fails_at_two_many(tx: Tx, facts: list[SeatTaken]) -> None:
        for fact in facts:
            await fails_at_two(tx, fact)

    async def release(tx: Tx) -> None:
        await tx.execute(sa.update(tables.dead_letter).values(status="redrive"))

    async def letters(tx: Tx) -> list[Any]:
        return await tx.all(sa.select(tables.dead_letter))

    async def run(store: Store) -> None:
        async with running(store, settings, fails_at_two_many if many else fails_at_two, many=many) as broker:
            (board,) = await founded(store, tenant, boards=1, seats=4)

            async def others() -> bool:
                return (await applied(store)).get(board) == [1, 3, 4, 5]

            await until(others)

            async def parked() -> bool:
                return len(await store.read(letters, Context())) == 1

            await until(parked)
            (letter,) = await store.read(letters, Context())
            assert (letter.status, letter.error_class, letter.failures) == ("parked", "ValueError", 3)
            broken["on"] = False
            await store.write(release, Context())

            async def redriven() -> bool:
                return (await applied(store)).get(board) == [1, 3, 4, 5, 2]

            await until(redriven)
            await broker.publish(f"{SeatTaken.prefix()}.{tenant}", b"{ not json")

            async def poisoned() -> bool:
                return len(await store.read(letters, Context())) == 2

            await until(poisoned)
            await asyncio.sleep(1.2)
            assert (await applied(store))[board] == [1, 3, 4, 5, 2]

    in_store(run)


def test_trouble_that_passes_holds_everything_and_parks_nothing(
    in_store: InStore, settings: Settings, tenant: UUID
) -> None:
    away = {"left": 4}

    async def sometimes(tx: Tx, fact: SeatTaken) -> None:
        if fact.aggregate_version == 2 and away["left"]:
            away["left"] -= 1
            raise Unavailable
        await note(tx, fact)

    async def run(store: Store) -> None:
        async with running(store, settings, sometimes):
            (board,) = await founded(store, tenant, boards=1, seats=3)

            async def complete() -> bool:
                return len((await applied(store)).get(board, [])) == 4

            await until(complete)
            assert (await applied(store))[board] == [1, 2, 3, 4]
        assert away["left"] == 0
        assert await store.read(lambda tx: tx.all(sa.select(tables.dead_letter)), Context()) == []

    in_store(run)


@pytest.mark.parametrize("many", [False, True])
def test_a_fact_that_succeeds_at_the_second_attempt_is_not_overtaken(
    in_store: InStore, settings: Settings, tenant: UUID, many: bool
) -> None:
    attempts: list[int] = []

    async def fails_once(tx: Tx, fact: SeatTaken) -> None:
        if fact.aggregate_version == 2:
            attempts.append(2)
            if len(attempts) < 3:
                raise ValueError("not yet")
        await note(tx, fact)

    async def fails_once_many(tx: Tx, facts: list[SeatTaken]) -> None:
        for fact in facts:
            await fails_once(tx, fact)

    async def run(store: Store) -> list[int]:
        async with running(store, settings, fails_once_many if many else fails_once, many=many):
            (board,) = await founded(store, tenant, boards=1, seats=5)
            await until(lambda: _total(store, 6))
            return (await applied(store))[board]

    assert in_store(run) == [1, 2, 3, 4, 5, 6]


def test_what_could_not_be_read_is_redriven_once_however_often_it_was_delivered(
    in_store: InStore, settings: Settings, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def letters(tx: Tx) -> list[Any]:
        return await tx.all(sa.select(tables.dead_letter))

    async def release(tx: Tx) -> None:
        await tx.execute(sa.update(tables.dead_letter).values(status="redrive"))

    def unreadable(_payload: bytes) -> SeatTaken:
        raise ValueError("of a version to come")

    async def run(store: Store) -> dict[UUID, list[int]]:
        async with running(store, settings, note) as broker:
            with monkeypatch.context() as older:
                older.setattr(SeatTaken, "parse", unreadable)
                (board,) = await founded(store, tenant, boards=1, seats=0)
                (row,) = await facts_of(store, board)
                headers = {"Nats-Msg-Id": uuid4().hex}
                await until(lambda: _parked(store, 1))
                await broker.request(row.subject, row.payload.encode(), headers=headers)
                await until(lambda: _parked(store, 2))
            await store.write(release, Context())

            async def settled() -> bool:
                return {each.status for each in await store.read(letters, Context())} == {"redriven"}

            await until(settled)
            await broker.request(row.subject, row.payload.encode(), headers={"Nats-Msg-Id": uuid4().hex})
            await asyncio.sleep(0.5)
            return await applied(store)

    assert list(in_store(run).values()) == [[1]]


async def _parked(store: Store, count: int) -> bool:
    rows: list[Any] = await store.read(lambda tx: tx.all(sa.select(tables.dead_letter)), Context())
    return len(rows) >= count


def test_what_went_to_a_dead_connection_is_delivered_again_soon(
    in_store: InStore, settings: Settings, tenant: UUID
) -> None:
    async def story(store: Store) -> None:
        async with running(store, settings, note) as broker:
            await founded(store, tenant, boards=1, seats=1)
            await until(lambda: _total(store, 1))
            # Somebody else asks, as our former self might have, gets the next fact and says no more.
            stolen: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

            async def steal(message: Any) -> None:
                if not stolen.done():
                    stolen.set_result(message.data)

            inbox = broker.client.new_inbox()
            thief = await broker.subscribe(inbox, steal)
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{service_name()}"
            for _ in range(3):  # requests are served in turn: some of these stand before our next
                await broker.publish(subject, b'{"batch": 500}', reply=inbox)
            await founded(store, tenant, boards=4, seats=5)
            async with asyncio.timeout(DEADLINE_SECONDS):
                await stolen
            await broker.unsubscribe(thief)
            await until(lambda: _total(store, 21))

    in_store(story)


def test_a_deleted_stream_comes_back_with_everything(
    in_store: InStore, settings: Settings, tenant: UUID
) -> None:
    async def run(store: Store) -> None:
        async with running(store, settings, note) as broker:
            made = await founded(store, tenant, boards=2, seats=2)
            await until(lambda: _total(store, 6))
            await broker.api(f"STREAM.DELETE.{STREAM}")
            for board in made:
                await store.write(lambda tx, b=board: take(tx, b), Context(community_id=tenant))
            await until(lambda: _total(store, 8))
            info = await broker.ensure_stream()
            assert info["state"]["messages"] == 8
            assert await applied(store) == {board: [1, 2, 3, 4] for board in made}

    in_store(run)


def test_a_relay_settles_quietly_when_the_database_is_away(
    in_store: InStore, settings: Settings, opened: Any
) -> None:
    async def run(_: Store) -> None:
        async with opened() as store:
            relay = Relay(store, Broker(settings), settings)
            relay._unmarked[1] = 1
        await relay.settle()  # raised, it would take the place of the cancellation under way

    in_store(run)


def test_a_stream_that_lost_only_its_end_gets_just_that_again(
    in_store: InStore, settings: Settings, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch, "FORGET_ROWS", 3)

    async def lose(tx: Tx) -> None:
        """As if the last four facts had been published behind the end of what the stream has now."""
        outbox = tables.outbox
        gone = sa.update(outbox).where(outbox.c.seq > 4)
        await tx.execute(gone.values(stream_seq=outbox.c.stream_seq + 100))
        await tx.execute(sa.update(tables.broker_epoch).values(max_stream_seq=108))

    async def rows(tx: Tx) -> list[Any]:
        return await tx.all(sa.select(tables.outbox).order_by(tables.outbox.c.seq))

    async def run(store: Store) -> list[Any]:
        async with running(store, settings, note):
            await founded(store, tenant, boards=2, seats=3)
            await until(lambda: _total(store, 8))
            await until(lambda: _none_unpublished(store))
        await store.write(lose, Context())
        broker = Broker(settings)
        await broker.open()
        await broker.up.wait()
        await epoch.Epoch(store, broker, settings).verify()
        await broker.close()
        return await store.read(rows, Context())

    assert [row.published_at is None for row in in_store(run)] == [False] * 4 + [True] * 4


async def _none_unpublished(store: Store) -> bool:
    waiting = sa.select(tables.outbox.c.seq).where(tables.outbox.c.published_at.is_(None))
    return await store.read(lambda tx: tx.all(waiting), Context()) == []


async def _total(store: Store, count: int) -> bool:
    return sum(map(len, (await applied(store)).values())) >= count

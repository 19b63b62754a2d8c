"""Batches: what was noted is written together, and whoever waits for it waits until it is."""

import asyncio
from typing import Any

import pytest

from shared.batches import Batch
from shared.store.store import Store

pytestmark = pytest.mark.either_database


def test_whoever_waits_waits_for_what_another_has_begun_to_write() -> None:
    store: Any = None
    begun, goes_on = asyncio.Event(), asyncio.Event()
    written: list[list[int]] = []

    async def write(_: Store, noted: list[int]) -> None:
        begun.set()
        await goes_on.wait()
        written.append(noted)

    async def story() -> None:
        batch = Batch[int]("test", write, seconds=0.0)
        batch.note(store, 1)
        batch.note(store, 2)
        await begun.wait()
        waiting = asyncio.create_task(batch.written(store))
        gave_up = asyncio.create_task(batch.written(store))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        gave_up.cancel()
        goes_on.set()
        await waiting
        assert written == [[1, 2]]

    asyncio.run(story())


def test_who_gives_up_waiting_takes_nothing_with_them() -> None:
    store: Any = None
    begun, goes_on, written = asyncio.Event(), asyncio.Event(), []

    async def write(_: Store, noted: list[int]) -> None:
        begun.set()
        await goes_on.wait()
        written.append(noted)

    async def story() -> None:
        batch = Batch[int]("test", write, seconds=60.0)
        batch.note(store, 1)
        caller = asyncio.create_task(batch.written(store))
        await begun.wait()
        caller.cancel()
        goes_on.set()
        await batch.written(store)
        assert written == [[1]]

    asyncio.run(story())

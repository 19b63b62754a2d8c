"""T9: how fast does the consumer runtime empty a full stream, beside nats-py's own way?"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats
import uvloop

from bench.processes import broker, cores, pin
from bench.rounds import Effort, Row, ratio, remarks_on, taking_turns
from bench.specimen import NoteTaken, SpecimenStore, take_note
from shared.bus import Bus
from shared.consumers import Consumers, handlers_of
from shared.facts import STREAM
from shared.relay import Relay
from shared.settings import Settings
from shared.store import Context, Tx
from shared.store.tx import Work
from shared.stream import Broker
from shared.telemetry import configure_logs, name_service

FACTS = 20_000
DEADLINE_SECONDS = 60.0
_names = count()


@dataclass(frozen=True)
class Drained:
    """Facts per second, and processor time per fact."""

    per_second: float
    cpu_us: float


class Forgetful(SpecimenStore):
    """Keeps nothing: what the runtime costs without inbox and commit."""

    async def write_each(self, works: Sequence[tuple[Work[Any], Context]]) -> list[Any]:
        return [None] * len(works)


def measure(effort: Effort) -> list[Row]:
    """Facts are parsed, entered, committed and acknowledged; nats-py only fetches and acknowledges."""
    facts = int(FACTS * effort.share)
    configure_logs("error")
    with tempfile.TemporaryDirectory() as home, broker(Path(home)) as url:
        place = Path(home)
        limits = Settings(home=place, nats_url=url)  # type: ignore[arg-type]  # pydantic makes it a secret
        uvloop.run(_fill(place, limits, facts))
        seen = taking_turns(
            {
                "together": lambda: _timed(_kit(place, limits, facts, many=True), facts),
                "one by one": lambda: _timed(_kit(place, limits, facts, many=False), facts),
                "no inbox": lambda: _timed(_kit(place, limits, facts, many=True, inbox=False), facts),
                "nats-py": lambda: _timed(_nats_py(url, facts), facts),
            },
            effort.rounds,
        )
    rates = {name: [each.per_second for each in rounds] for name, rounds in seen.items()}
    costs = {name: [each.cpu_us for each in rounds] for name, rounds in seen.items()}
    figures = {
        "by_cpu": ratio(costs["nats-py"], costs["together"]),
        "one_by_one": ratio(rates["one by one"], rates["nats-py"]),
        "without_inbox": ratio(rates["no inbox"], rates["nats-py"]),
        "per_second": statistics.median(rates["together"]),
        "reference_per_second": statistics.median(rates["nats-py"]),
        "cpu_us": statistics.median(costs["together"]),
        "reference_cpu_us": statistics.median(costs["nats-py"]),
    }
    value = ratio(rates["together"], rates["nats-py"])
    question = "drain of a stream, inbox included / nats-py fetch(100) + ack"
    return [Row("T9", question, value, ">= 1.5", figures, remarks_on(rates["nats-py"]))]


def _timed(work: Callable[[Callable[[], None]], Awaitable[None]], facts: int) -> Drained:
    """Runs `work` on the measured core, from the moment it says that it is connected."""
    began: list[float] = []

    def begin() -> None:
        began[:] = [time.perf_counter(), time.process_time()]

    async def whole() -> Drained:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await work(begin)
        wall, used = time.perf_counter() - began[0], time.process_time() - began[1]
        return Drained(facts / wall, used / facts * 1e6)

    pin(os.getpid(), cores()[0])
    try:
        return uvloop.run(whole())
    finally:
        pin(os.getpid(), cores()[1])


async def _fill(place: Path, limits: Settings, facts: int) -> None:
    """Tell so many facts the way every service does."""
    name_service("bench-tell")
    store = SpecimenStore.made(place / "tell.db")
    await store.open()
    connection = Broker(limits)
    await connection.open()
    relay = asyncio.create_task(Relay(store, connection, limits).run())
    context = Context(community_id=uuid4())
    for start in range(0, facts, 250):
        notes = range(start, min(start + 250, facts))
        await asyncio.gather(*(store.write(lambda tx: take_note(tx, "a note"), context) for _ in notes))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await connection.ensure_stream())["state"]["messages"] < facts:  # noqa: ASYNC110 - the broker's state
            await asyncio.sleep(0.05)
    relay.cancel()
    await asyncio.wait([relay])
    await connection.close()
    await store.close()


def _kit(
    place: Path, limits: Settings, facts: int, *, many: bool, inbox: bool = True
) -> Callable[[Callable[[], None]], Awaitable[None]]:
    async def drain(begin: Callable[[], None]) -> None:
        number = next(_names)
        name_service(f"bench-hear-{number}")
        store = (SpecimenStore if inbox else Forgetful).made(place / f"hear{number}.db")
        await store.open()
        connection = Broker(limits)
        await connection.open()
        await connection.up.wait()
        consumers, over = Consumers(), asyncio.Event()
        acknowledged = 0

        if many:

            @consumers.on_many(NoteTaken)
            async def all_of_them(_tx: Tx, _facts: list[NoteTaken]) -> None:
                """What a consumer does is its own cost."""
        else:

            @consumers.on(NoteTaken)
            async def one_of_them(_tx: Tx, _fact: NoteTaken) -> None:
                """The same for each alone."""

        class Counting(Bus):
            async def _acknowledge(self, deliveries: list[Any]) -> None:
                nonlocal acknowledged
                await super()._acknowledge(deliveries)
                acknowledged += len(deliveries)
                if acknowledged >= facts:
                    over.set()

        bus = Counting(store, connection, handlers_of(consumers.subscriptions))
        begin()
        running = asyncio.create_task(bus.run())
        await over.wait()
        await connection.client.flush()
        running.cancel()
        await asyncio.wait([running])
        await connection.close()
        await store.close()

    return drain


def _nats_py(url: str, facts: int) -> Callable[[Callable[[], None]], Awaitable[None]]:
    async def drain(begin: Callable[[], None]) -> None:
        client = await nats.connect(url)
        begin()
        subject, durable = f"{NoteTaken.prefix()}.*", f"plain-{next(_names)}"
        subscription = await client.jetstream().pull_subscribe(subject, durable=durable, stream=STREAM)
        got = 0
        while got < facts:
            messages = await subscription.fetch(100, timeout=5)
            for message in messages:
                await message.ack()
            got += len(messages)
        await client.flush()
        await client.close()

    return drain

"""T8: how long from a commit in one service to the commit of what it causes in another?

Two processes with stores of their own, relay and consumer of the kit between them:
`python -m bench.commit_lag tell|hear DIRECTORY FACTS PER_SECOND`, started by the measurement itself.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import uvloop

from bench.processes import broker, cores, pin, program
from bench.rounds import Effort, Row, taking_turns
from bench.specimen import NoteTaken, SpecimenStore, hear, take_note
from shared.bus import Bus
from shared.consumers import Consumers, handlers_of
from shared.relay import Relay
from shared.settings import settings
from shared.store import Context, Tx
from shared.stream import Broker
from shared.telemetry import configure_logs, name_service

RATES = (500, 2000)
DEADLINE_SECONDS = 60.0
Times = dict[str, int]


def measure(effort: Effort) -> list[Row]:
    """Median and 99th percentile of all facts of a round, median over the rounds."""
    seen = taking_turns(
        {str(rate): partial(_lags, rate, effort.seconds * 1.5) for rate in RATES}, effort.rounds
    )
    figures = {
        f"p{percent}_ms_at_{rate}": statistics.median(_percentile(lags, percent) for lags in rounds)
        for rate, rounds in seen.items()
        for percent in (50, 99)
    }
    p50, p99 = (max(figures[f"p{percent}_ms_at_{rate}"] for rate in RATES) for percent in (50, 99))
    question = "commit in one service -> in another, at 500/s and 2,000/s,"
    return [
        Row("T8", f"{question} p50 ms", p50, "<= 1", figures),
        Row("T8 p99", f"{question} p99 ms", p99, "<= 10"),
    ]


def _lags(rate: int, seconds: float) -> list[float]:
    """Milliseconds of lag of every fact of one run."""
    facts = int(rate * seconds)
    with tempfile.TemporaryDirectory() as place, broker(Path(place)) as url:
        environment = {"GUILDHALL_NATS_URL": url, "GUILDHALL_HOME": place}

        def part(name: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
            return program(["bench.commit_lag", name, place, str(facts), str(rate)], environment)

        with part("hear") as hearing, part("tell") as telling:
            assert telling.wait(DEADLINE_SECONDS) == 0
            assert hearing.wait(DEADLINE_SECONDS) == 0
        told, heard = (json.loads((Path(place) / f"{name}.json").read_text()) for name in ("tell", "hear"))
    assert told.keys() == heard.keys(), f"{len(told)} facts told, {len(heard)} heard"
    return sorted((heard[note] - at) / 1e6 for note, at in told.items())


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


async def tell(place: Path, facts: int, rate: int) -> Times:
    """Take notes at a steady rate; when the commit of each returned."""
    store = SpecimenStore.made(place / "tell.db")
    await store.open()
    connection = Broker(settings())
    await connection.open()
    relay = asyncio.create_task(Relay(store, connection, settings()).run())
    while not (place / "listening").exists():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    committed: Times = {}
    context = uuid4()

    async def one(number: int) -> None:
        note = await store.write(lambda tx: take_note(tx, f"note {number}"), Context(community_id=context))
        committed[str(note.id)] = time.monotonic_ns()

    await one(0)  # what starts up is no lag
    await asyncio.sleep(0.5)
    committed.clear()
    started: list[asyncio.Task[None]] = []
    began = time.monotonic()
    while len(started) < facts:
        due = min(facts, int((time.monotonic() - began) * rate) + 1)
        started += [asyncio.create_task(one(number)) for number in range(len(started), due)]
        await asyncio.sleep(max(0.0, began + len(started) / rate - time.monotonic()))
    await asyncio.gather(*started)
    while store.facts_committed.is_set():  # noqa: ASYNC110 - the relay clears it
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    relay.cancel()
    await asyncio.wait([relay])
    await connection.close()
    await store.close()
    return committed


async def listen(place: Path, facts: int) -> Times:
    """Hear them all; when the commit of each one's effect returned."""
    store = SpecimenStore.made(place / "hear.db")
    await store.open()
    connection = Broker(settings())
    await connection.open()
    consumers, fresh, committed, over = Consumers(), list[UUID](), Times(), asyncio.Event()

    @consumers.on_many(NoteTaken)
    async def note(tx: Tx, heard: list[NoteTaken]) -> None:
        await hear(tx, heard)
        fresh.extend(fact.note_id for fact in heard)

    def stamp() -> None:
        at = time.monotonic_ns()
        committed.update((str(note_id), at) for note_id in fresh)
        fresh.clear()
        if len(committed) > facts:  # the first one is not counted
            over.set()

    store.committed = stamp
    bus = asyncio.create_task(Bus(store, connection, handlers_of(consumers.subscriptions)).run())
    await connection.up.wait()
    (place / "listening").touch()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await over.wait()
    bus.cancel()
    await asyncio.wait([bus])
    await connection.close()
    await store.close()
    committed.pop(next(iter(committed)))
    return committed


def main() -> None:
    """Play one of the two parts."""
    part, place, facts, rate = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    name_service(f"bench-{part}")
    configure_logs("error")
    pin(os.getpid(), cores()[0 if part == "tell" else 1])
    times = uvloop.run(tell(place, facts, rate) if part == "tell" else listen(place, facts))
    (place / f"{part}.json").write_text(json.dumps(times))


if __name__ == "__main__":
    main()

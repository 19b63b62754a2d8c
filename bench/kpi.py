"""T10: how long does any KPI take at 10 million activities, and how much longer than at 1 million?

Both communities have the same three years and the same habits, one ten times the people of the other. Their
roll-ups are filled by the product's own fold, a whole person at a time; what is measured is the work of one
request in the service, without HTTP. Rounds of the two sizes alternate.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from bench.rounds import Effort, Row
from services.metrics import models
from services.metrics.definitions import METRICS
from services.metrics.fold import fold_people
from services.metrics.log import new_rollup
from services.metrics.periods import Step
from services.metrics.question import Asked
from services.metrics.series import series
from services.metrics.upserts import add, put
from shared.identity import NOBODY
from shared.settings import Settings
from shared.store import Context, Store, Tx, migrate
from shared.store.sqlite import SqliteStore

SIZES = (1_000_000, 10_000_000)
FIRST = date(2021, 1, 1)
DAYS = 1095
PER_PERSON = 200
PER_THREAD = 50
READS_THREADS = "first_response"

EVER = {"step": Step.ALL}
MARCH = {"step": Step.MONTH, "start": date(2023, 3, 1), "end": date(2023, 4, 1)}
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"{metric}, ever": (metric, EVER) for metric in METRICS},
    **{f"mau of {window} days": ("mau", EVER | {"window": window}) for window in (7, 30, 90)},
    **{f"{metric}, one month": (metric, MARCH) for metric in METRICS},
}


async def fill(store: Store, community: UUID, activities: int) -> None:
    """A community with so many activities: a few very active people, many rare ones, bursts of days."""
    chance = random.Random(activities)  # noqa: S311 - reproducible, no secret

    async def begin(tx: Tx) -> int:
        no = await new_rollup(tx, community, "UTC", cursor=None)
        horizon = datetime(2023, 12, 31, tzinfo=UTC)
        await tx.insert(
            models.Community(community_id=community, live=no, high_water=activities, horizon=horizon)
        )
        return no

    no = await store.write(begin, Context(community_id=community))
    people = range(activities // PER_PERSON)
    for start in range(0, len(people), 500):
        changes = {person + 1: habits(chance) for person in people[start : start + 500]}

        async def some(tx: Tx, changes: dict[int, dict[int, list[int]]] = changes) -> None:
            await fold_people(tx, no, changes, shrinking=False)

        await store.write(some, Context(community_id=community))

    async def rest(tx: Tx) -> None:
        days = range(FIRST.toordinal(), FIRST.toordinal() + DAYS)
        kinds = [
            {"kind": kind, "day": day, "people": 3, "nobody": 0}
            for kind in ("message", "joined")
            for day in days
        ]
        await add(tx, models.KindDay, no, kinds)
        await put(tx, models.Thread, no, [thread(chance) for _ in range(activities // PER_THREAD)])

    await store.write(rest, Context(community_id=community))


def habits(chance: random.Random) -> dict[int, list[int]]:
    """What one person did: on average `PER_PERSON` activities on some forty days."""
    begun = FIRST.toordinal() + chance.randrange(DAYS)
    length = min(FIRST.toordinal() + DAYS - begun, 1 + int(chance.expovariate(1 / 200)))
    days = {begun, *(begun + chance.randrange(length) for _ in range(int(chance.paretovariate(1.1) * 9)))}
    return {day: [n := 1 + int(chance.expovariate(1 / 6)), n // 2] for day in days}


def thread(chance: random.Random) -> dict[str, Any]:
    """A thread that is answered within days, or never."""
    opened = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(DAYS * 86400))
    waited = int(1e6 * chance.lognormvariate(9, 2)) if chance.random() < 0.85 else None
    answered_at = None if waited is None else opened + timedelta(microseconds=waited)
    about = {"thread": uuid4(), "opened_at": opened, "opening": uuid4(), "person": 1}
    return about | {"answered_at": answered_at, "waited_microseconds": waited}


async def ask(store: Store, community: UUID, metric: str, given: dict[str, Any]) -> float:
    """Milliseconds of one question."""

    async def work(tx: Tx) -> Any:
        return await series(tx, NOBODY, community, METRICS[metric], Asked(**given))

    began = time.perf_counter()
    await store.read(work, Context(community_id=community))
    return (time.perf_counter() - began) * 1000


async def ask_all(home: Path, sizes: Sequence[int], rounds: int) -> dict[str, list[float]]:
    """Question -> median milliseconds at each size."""
    store = SqliteStore(home / "metrics.db", [models.Base.metadata], b"bench")
    await store.open()
    communities = {size: uuid4() for size in sizes}
    for size, community in communities.items():
        await fill(store, community, size)
    found: dict[str, list[float]] = {}
    for name, (metric, given) in QUESTIONS.items():
        times: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(rounds):
            for size, community in communities.items():
                times[size].append(await ask(store, community, metric, given))
        found[name] = [statistics.median(times[size]) for size in sizes]
    await store.close()
    return found


def measure(effort: Effort) -> list[Row]:
    """The slowest question at the larger size, and how much the larger size costs all of them together."""
    sizes = [int(size * effort.share) for size in SIZES]
    with tempfile.TemporaryDirectory() as home:
        migrate.migrate("metrics", Settings(home=Path(home)))
        found = asyncio.run(ask_all(Path(home), sizes, 3 * effort.rounds))
    kept = {name: times for name, times in found.items() if not name.startswith(READS_THREADS)}
    slowest = max(kept, key=lambda name: kept[name][-1])
    growth = statistics.median(large / small for small, large in kept.values())
    what = f"slowest KPI at {sizes[-1]:,} activities (ms)"
    remark = [f"slowest: {slowest}; {READS_THREADS} reads every thread of the interval and is not among them"]
    beside = {f"{name} (ms)": times[-1] for name, times in found.items()}
    return [
        Row("T10", what, kept[slowest][-1], "<= 5", beside, remark),
        Row("T10b", f"KPI at {sizes[-1]:,} activities / at {sizes[0]:,}, median", growth, "<= 1.5"),
    ]

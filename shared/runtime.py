"""What a running service holds open: its store, its place on the bus, its lease; and how it feels.

The replica that holds the lease runs relay, consumer and jobs; the others serve requests and wake it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import sqlalchemy as sa
import structlog

from shared import jobs as clockwork
from shared.bus import Bus
from shared.consumers import handlers_of
from shared.dead_letters import Redrive
from shared.facts import STREAM
from shared.jobs import Job
from shared.keys import Keys
from shared.lease import Lease, holder_name
from shared.problems import Problem
from shared.relay import Relay
from shared.retention import forget
from shared.settings import Settings, settings
from shared.store import tables
from shared.store.sqlite import SqliteStore
from shared.store.statements import constant
from shared.store.store import Store
from shared.store.tx import Context, Tx
from shared.stream import Broker, BrokerTrouble
from shared.telemetry import DEAD_LETTERS, OLDEST_SECONDS, PENDING, UNPUBLISHED
from shared.tokens import Verifier

log = structlog.get_logger("runtime")
FORGET_SECONDS = 3600.0
STOP_SECONDS = 5.0
FOLLOW_SECONDS = 1.0


@dataclass(frozen=True)
class Service:
    """What makes a service: its name, the base class of its tables, its slices in reading order."""

    name: str
    base: Any
    slices: Sequence[ModuleType]

    @property
    def metadata(self) -> list[sa.MetaData]:
        """The kit's tables and its own."""
        return [tables.metadata, self.base.metadata]


class Runtime:
    """What a running service holds open."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.name = service.name
        self.settings: Settings = settings()
        self.keys = Keys.load(service.name, self.settings)
        self.verifier = Verifier(service.name, self.keys)
        self.store = open_store(service, self.settings, self.keys.secret("cursors"))
        self.broker = Broker(self.settings)
        self.leading = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open store and broker and begin to compete for the lease; nothing is waited for."""
        await self.store.open()
        await self.broker.open()
        self._tasks.append(asyncio.create_task(self._lead()))

    async def stop(self) -> None:
        """Let go of everything within a few seconds; what was acknowledged stays so."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        await self.broker.close()
        await self.store.close()

    async def _lead(self) -> None:
        """Hold the lease whenever possible, and while holding it run relay, consumer and jobs."""
        lease = Lease(
            self.store, "leader", holder_name(self.name, self.settings), self.settings.lease_seconds
        )
        while True:
            try:
                if await lease.acquire():
                    await self._while_leading(lease)
                else:
                    await self._wake_leader()
            except Problem as problem:
                log.warning("leadership_interrupted", problem=problem.title)
                await asyncio.sleep(0.5)

    async def _while_leading(self, lease: Lease) -> None:
        relay = Relay(self.store, self.broker, self.settings)
        handlers = handlers_of(
            each for part in self.service.slices for each in parts_of(part, "consumers", "subscriptions")
        )
        bus = Bus(self.store, self.broker, handlers)
        redrive = Redrive(self.store, handlers)
        listed = [
            *(job for part in self.service.slices for job in parts_of(part, "jobs", "listed")),
            Job(forget, FORGET_SECONDS),
        ]
        running = [relay.run(), bus.run(), redrive.run(), self._listen_for_wakes()]
        running += [clockwork.run(job, self.store) for job in listed]
        tasks = [asyncio.create_task(each) for each in running]
        self.leading = True
        try:
            while await lease.renew():
                done, _ = await asyncio.wait(
                    tasks, timeout=self.settings.lease_seconds / 3, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    error = task.exception()
                    log.error("background_task_ended", error=repr(type(error)), exc_info=error)
                if done:
                    return
        finally:
            self.leading = False
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
            await relay.settle()

    async def _listen_for_wakes(self) -> None:
        """A core message of another replica means: look into the outbox now."""

        async def wake(_: Any) -> None:
            self.store.facts_committed.set()

        subscription = None
        while subscription is None:
            await self.broker.up.wait()
            try:
                subscription = await self.broker.subscribe(f"guildhall.wake.{self.name}", wake)
            except BrokerTrouble:
                await asyncio.sleep(0.5)
        try:
            await asyncio.Event().wait()  # the client renews it when it connects again
        finally:
            await self.broker.unsubscribe(subscription)

    async def _wake_leader(self) -> None:
        """As a follower: tell the leader about commits, for the second until the lease is looked at again."""
        try:
            async with asyncio.timeout(FOLLOW_SECONDS):
                while True:
                    await self.store.facts_committed.wait()
                    self.store.facts_committed.clear()
                    await self._publish_wake()
        except TimeoutError:
            return

    async def _publish_wake(self) -> None:
        try:
            await self.broker.publish(f"guildhall.wake.{self.name}", b"")
        except BrokerTrouble:
            log.debug("leader_not_woken")  # it looks into the outbox every second by itself

    # -- health ------------------------------------------------------------------------------------------

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether requests can be served, and the state of what the service stands on.

        A broker that is away is reported, not fatal: writes go on, facts wait in the outbox.
        """
        try:
            async with asyncio.timeout(2):
                await self.store.ping()
            store = "up"
        except Exception as error:  # noqa: BLE001 - whatever it is, the store does not answer
            log.warning("store_down", error=type(error).__name__)
            store = "down"
        state = {
            "service": self.name,
            "instance": holder_name(self.name, self.settings),
            "store": store,
            "broker": "up" if self.broker.up.is_set() else "down",
            "leading": self.leading,
        }
        return store == "up", state

    async def measure(self) -> None:
        """Refresh the gauges read from store and broker; old values stay when they do not answer."""
        try:
            outbox, dead = await self.store.read(_backlog, Context())
            UNPUBLISHED.labels(self.name).set(outbox.rows)
            oldest = (outbox.now - outbox.oldest).total_seconds() if outbox.oldest else 0.0
            OLDEST_SECONDS.labels(self.name).set(oldest)
            DEAD_LETTERS.labels(self.name).set(dead)
            async with asyncio.timeout(1):
                info = await self.broker.api(f"CONSUMER.INFO.{STREAM}.{self.name}")
            PENDING.labels(self.name).set(info["num_pending"] + info["num_ack_pending"])
        except (Problem, BrokerTrouble, TimeoutError):
            log.debug("measure_incomplete")


@dataclass(frozen=True, slots=True)
class _Outbox:
    rows: int
    oldest: Any
    now: Any


_UNPUBLISHED = constant(
    sa.select(sa.func.count().label("rows"), sa.func.min(tables.outbox.c.recorded_at).label("oldest")).where(
        tables.outbox.c.published_at.is_(None)
    )
)
_PARKED = constant(sa.select(sa.func.count().label("rows")).where(tables.dead_letter.c.status == "parked"))


async def _backlog(tx: Tx) -> tuple[_Outbox, int]:
    waiting: Any = await tx.one(_UNPUBLISHED)
    parked: Any = await tx.one(_PARKED)
    return _Outbox(waiting.rows, waiting.oldest, tx.now), parked.rows


def open_store(service: Service, limits: Settings, secret: bytes) -> Store:
    """The service's store: PostgreSQL when DATABASE_URL is given, else SQLite in HOME."""
    url = limits.secret("database_url")
    if url is None:
        return SqliteStore(limits.home / f"{service.name}.db", service.metadata, secret)
    from shared.store.postgres import PostgresStore

    return PostgresStore(url.replace("{service}", service.name), limits.database_pool, secret)


def parts_of(part: ModuleType, name: str, listed: str) -> list[Any]:
    """What a slice lists: its routes, its subscriptions, its jobs; nothing when it has none."""
    collection = getattr(part, name, None)
    return list(getattr(collection, listed)) if collection is not None else []

"""From the stream to handlers: every fact is applied exactly once per service, then acknowledged.

A pulled batch is applied in stream order in as few commits as possible, each fact in its own savepoint
together with its inbox row. A transient failure (own database away) holds everything behind it and counts
nothing; a deterministic one is tried three times, then parked as a dead letter, and the rest goes on. A
missing stream or consumer is made again.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
import structlog
from nats.aio.msg import Msg

from shared.crash import crashpoint
from shared.facts import STREAM, Fact
from shared.identity import service_actor
from shared.ids import uuid7
from shared.problems import InsufficientStorage, Problem, Unavailable
from shared.settings import Settings
from shared.store import tables
from shared.store.statements import constant
from shared.store.store import Store
from shared.store.tx import Context, Tx
from shared.stream import NANOSECONDS, Broker, BrokerTrouble, StreamMissing
from shared.telemetry import APPLIED, DUPLICATES, REDELIVERIES, service_name

log = structlog.get_logger("bus")

F = TypeVar("F", bound=Fact)
PULL_MESSAGES = 1000
PULL_SECONDS = 30
HEARTBEAT_SECONDS = 5
LOOK_SECONDS = 0.5
"""How soon a new connection to the broker is noticed while nothing arrives."""
SILENCE_SECONDS = 15.0
ACK_WAIT_SECONDS = 30
BATCH_FACTS = 500
BATCH_BYTES = 150_000
ATTEMPTS = 3
REDRIVE_SECONDS = 1.0

Single = Callable[[Tx, Any], Awaitable[None]]
Many = Callable[[Tx, list[Any]], Awaitable[None]]

_INBOX = tables.inbox
_DEAD = tables.dead_letter
_KNOWN = sa.select(_INBOX.c.fact_id)


@dataclass(frozen=True)
class Subscription:
    """One fact type and what this service does with it."""

    fact: type[Fact]
    handler: Callable[[Tx, Any], Awaitable[None]]
    many: bool


class Consumers:
    """The fact handlers of one slice."""

    def __init__(self) -> None:
        self.subscriptions: list[Subscription] = []

    def on(
        self, *facts: type[F]
    ) -> Callable[[Callable[[Tx, F], Awaitable[None]]], Callable[[Tx, F], Awaitable[None]]]:
        """Apply each fact of these types by `handler(tx, fact)`, in the transaction of its inbox row."""

        def register(handler: Callable[[Tx, F], Awaitable[None]]) -> Callable[[Tx, F], Awaitable[None]]:
            self.subscriptions += [Subscription(fact, handler, many=False) for fact in facts]
            return handler

        return register

    def on_many(
        self, *facts: type[Fact]
    ) -> Callable[[Callable[[Tx, list[Any]], Awaitable[None]]], Callable[[Tx, list[Any]], Awaitable[None]]]:
        """Apply neighbouring facts of these types by one `handler(tx, facts)`; alone when that fails.

        The handler sets the tenant with `tx.within` itself: the facts may be of several communities.
        """

        def register(
            handler: Callable[[Tx, list[Any]], Awaitable[None]],
        ) -> Callable[[Tx, list[Any]], Awaitable[None]]:
            self.subscriptions += [Subscription(fact, handler, many=True) for fact in facts]
            return handler

        return register


@dataclass(slots=True)
class Delivery:
    """One message of the stream: what it says and how to acknowledge it."""

    subject: str
    payload: bytes
    reply: str
    stream_seq: int
    subscription: Subscription | None = None
    fact: Fact | None = None
    error: str = ""


@dataclass(slots=True)
class _Unit:
    """Deliveries applied together: one, or a run for the same `on_many` handler."""

    deliveries: list[Delivery] = field(default_factory=list)


class Bus:
    """One service's durable consumer; run it in the replica that holds the lease."""

    def __init__(
        self, store: Store, broker: Broker, settings: Settings, subscriptions: Sequence[Subscription]
    ) -> None:
        self._store = store
        self._broker = broker
        self._settings = settings
        self._consumer = service_name()
        self._by_prefix = {each.fact.prefix(): each for each in subscriptions}
        if len(self._by_prefix) != len(subscriptions):
            raise TypeError("a service handles each fact in one place")
        self._arrived: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._gone = False
        self._asked = 0
        self._heard_at = 0.0

    async def run(self) -> None:
        """Apply facts until cancelled; every failure of the broker is tried again."""
        if not self._by_prefix:
            await asyncio.Event().wait()  # nothing to hear; to end would look like a failure
        pause = 0.1
        while True:
            subscription = None
            try:
                await self._broker.up.wait()
                connection = self._broker.connections
                await self._ensure_consumer()
                inbox = self._broker.client.new_inbox()
                subscription = await self._broker.subscribe(inbox, self._receive)
                self._asked, self._gone, self._heard_at = 0, False, monotonic()
                self._arrived.clear()
                while connection == self._broker.connections and not self._gone:
                    await self._round(inbox)
                    pause = 0.1
            except BrokerTrouble as error:
                log.warning("bus_interrupted", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            finally:
                if subscription is not None:
                    await self._unsubscribe(subscription)

    @staticmethod
    async def _unsubscribe(subscription: Any) -> None:
        try:
            await subscription.unsubscribe()
        except Exception as error:  # noqa: BLE001 - the connection may be gone, and the subscription with it
            log.debug("unsubscribe_failed", error=type(error).__name__)

    # -- pulling -----------------------------------------------------------------------------------------

    async def _ensure_consumer(self) -> None:
        await self._broker.ensure_stream()
        config = {
            "durable_name": self._consumer,
            "name": self._consumer,
            "deliver_policy": "all",
            "ack_policy": "explicit",
            "ack_wait": ACK_WAIT_SECONDS * NANOSECONDS,
            "max_deliver": -1,
            "max_ack_pending": 20_000,
            "replay_policy": "instant",
            "filter_subjects": sorted(f"{prefix}.*" for prefix in self._by_prefix),
        }
        body = {"stream_name": STREAM, "config": config, "action": ""}
        await self._broker.api(f"CONSUMER.CREATE.{STREAM}.{self._consumer}", body)
        await self._take_up()

    async def _take_up(self) -> None:
        """Have what an earlier connection left unacknowledged delivered first, and now.

        Else it would come after ACK_WAIT_SECONDS, behind newer facts of the same aggregates.
        """
        try:
            await self._broker.api(f"CONSUMER.RESET.{STREAM}.{self._consumer}")
        except StreamMissing:
            log.warning("consumer_reset_unknown", needs="nats-server 2.14")

    async def _receive(self, message: Msg) -> None:
        self._heard_at = monotonic()
        status = message.headers.get("Status") if message.headers else None
        if status is None:
            self._asked -= 1
            self._arrived.append(self._delivery(message))
        elif status in ("404", "408", "409"):
            self._asked -= int((message.headers or {}).get("Nats-Pending-Messages", "0") or 0)
            described = (message.headers or {}).get("Description", "").lower()
            self._gone = self._gone or "delet" in described or "leadership" in described
            if status == "404":
                self._asked = 0
        elif status == "503":
            self._gone = True
        self._wake.set()

    def _delivery(self, message: Msg) -> Delivery:
        tokens = message.reply.split(".")
        offset = 2 if len(tokens) > 9 else 0
        delivered, stream_seq = int(tokens[offset + 4]), int(tokens[offset + 5])
        if delivered > 1:
            REDELIVERIES.labels(self._consumer).inc()
        delivery = Delivery(message.subject, message.data, message.reply, stream_seq)
        delivery.subscription = self._by_prefix.get(message.subject.rpartition(".")[0])
        try:
            if delivery.subscription is not None:
                delivery.fact = delivery.subscription.fact.parse(message.data)
        except ValueError as error:
            delivery.error = type(error).__name__
        return delivery

    async def _round(self, inbox: str) -> None:
        """Keep a pull standing, apply what has arrived, or wait for more."""
        if self._asked <= PULL_MESSAGES // 2:
            await self._pull(inbox)
        if not self._arrived:
            self._wake.clear()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                if monotonic() - self._heard_at > SILENCE_SECONDS:
                    raise StreamMissing("silent") from None
            return
        await self._apply(self._next_batch())

    def _next_batch(self) -> list[Delivery]:
        """What is applied in one commit: bounded in facts and bytes, so the loop is never held for long."""
        batch: list[Delivery] = []
        size = 0
        while self._arrived and len(batch) < BATCH_FACTS and size < BATCH_BYTES:
            batch.append(self._arrived.popleft())
            size += len(batch[-1].payload)
        return batch

    async def _pull(self, inbox: str) -> None:
        body = {
            "batch": PULL_MESSAGES,
            "expires": PULL_SECONDS * NANOSECONDS,
            "idle_heartbeat": HEARTBEAT_SECONDS * NANOSECONDS,
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._consumer}"
        await self._broker.publish(subject, json.dumps(body).encode(), reply=inbox)
        self._asked += PULL_MESSAGES

    # -- applying ----------------------------------------------------------------------------------------

    async def _apply(self, batch: list[Delivery]) -> None:
        """Apply a batch to its end; returns when every delivery is applied, recognised or parked."""
        units = self._units(batch)
        failures: dict[int, int] = {}
        pause = 0.2
        while units:
            outcomes = await self._store.write_each([self._work(unit) for unit in units])
            done, remaining, transient = self._sort(units, outcomes, failures)
            if done:
                crashpoint("after_apply_before_ack")
                await self._acknowledge(done)
            units = remaining
            if transient:
                await self._hold(units, pause)
                pause = min(pause * 2, 5.0)

    def _units(self, batch: list[Delivery]) -> list[_Unit]:
        units: list[_Unit] = []
        for delivery in batch:
            last = units[-1].deliveries[-1] if units else None
            joins = (
                last is not None
                and delivery.subscription is not None
                and delivery.subscription.many
                and delivery.fact is not None
                and last.fact is not None
                and last.subscription is not None
                and last.subscription.handler is delivery.subscription.handler
            )
            if joins:
                units[-1].deliveries.append(delivery)
            else:
                units.append(_Unit([delivery]))
        return units

    def _sort(
        self, units: list[_Unit], outcomes: list[Any], failures: dict[int, int]
    ) -> tuple[list[Delivery], list[_Unit], bool]:
        """What is done, what remains to be tried (in order), and whether the trouble passes by itself."""
        done: list[Delivery] = []
        remaining: list[_Unit] = []
        transient = False
        for unit, outcome in zip(units, outcomes, strict=True):
            if not isinstance(outcome, BaseException):
                done += unit.deliveries
            elif isinstance(outcome, Unavailable | InsufficientStorage):
                transient = True
                remaining.append(unit)
            elif len(unit.deliveries) > 1:
                remaining += [_Unit([delivery]) for delivery in unit.deliveries]
            else:
                delivery = unit.deliveries[0]
                failures[delivery.stream_seq] = failures.get(delivery.stream_seq, 0) + 1
                delivery.error = type(outcome).__name__
                log.warning(
                    "handler_failed", subject=delivery.subject, error=delivery.error, seq=delivery.stream_seq
                )
                if failures[delivery.stream_seq] >= ATTEMPTS:
                    delivery.subscription = None
                remaining.append(unit)
        return done, remaining, transient

    def _work(self, unit: _Unit) -> tuple[Callable[[Tx], Coroutine[Any, Any, None]], Context]:
        first, last = unit.deliveries[0], unit.deliveries[-1]
        if first.subscription is None or first.fact is None:
            return lambda tx: self._park(tx, first), Context(service_actor(self._consumer))
        context = fact_context(self._consumer, first.fact, last.stream_seq)
        if first.subscription.many:
            return lambda tx: self._apply_many(tx, unit.deliveries), context
        return lambda tx: self._apply_one(tx, first), context

    async def _apply_one(self, tx: Tx, delivery: Delivery) -> None:
        fact, subscription = delivery.fact, delivery.subscription
        if fact is None or subscription is None:
            raise TypeError("only a parsed fact is applied")
        if await self._take(tx, [fact.fact_id]):
            await subscription.handler(tx, fact)

    async def _apply_many(self, tx: Tx, deliveries: list[Delivery]) -> None:
        facts = {d.fact.fact_id: d.fact for d in deliveries if d.fact is not None}
        subscription = deliveries[0].subscription
        if subscription is None:
            raise TypeError("only parsed facts are applied")
        fresh = await self._take(tx, list(facts))
        if fresh:
            await subscription.handler(tx, [facts[fact_id] for fact_id in fresh])

    async def _take(self, tx: Tx, fact_ids: list[UUID]) -> list[UUID]:
        """Enter the facts into the inbox; those that were not there yet, in order."""
        if len(fact_ids) == 1:
            row = {"consumer": self._consumer, "fact_id": fact_ids[0], "applied_at": tx.now}
            fresh = fact_ids if await tx.execute(_inbox_insert(tx), row) else []
        else:
            known = _KNOWN.where(_INBOX.c.consumer == self._consumer, _INBOX.c.fact_id.in_(fact_ids))
            seen = {row.fact_id for row in await tx.all(known)}
            fresh = [fact_id for fact_id in fact_ids if fact_id not in seen]
            rows = [{"consumer": self._consumer, "fact_id": each, "applied_at": tx.now} for each in fresh]
            await tx.execute(sa.insert(_INBOX), rows)
        APPLIED.labels(self._consumer).inc(len(fresh))
        DUPLICATES.labels(self._consumer).inc(len(fact_ids) - len(fresh))
        return fresh

    async def _park(self, tx: Tx, delivery: Delivery) -> None:
        """Keep the message as a dead letter; its fact counts as handled until somebody redrives it."""
        fact_id = delivery.fact.fact_id if delivery.fact else None
        if fact_id is not None and not await self._take(tx, [fact_id]):
            return
        row = {
            "id": uuid7(),
            "consumer": self._consumer,
            "fact_id": fact_id,
            "subject": delivery.subject[:200],
            "payload": delivery.payload,
            "error_class": (delivery.error or "Unknown")[:100],
            "failures": ATTEMPTS if delivery.fact else 1,
            "parked_at": tx.now,
            "status": "parked",
        }
        await tx.execute(sa.insert(_DEAD), row)
        log.error(
            "dead_letter", subject=delivery.subject, error=delivery.error, dead_letter_id=str(row["id"])
        )

    async def _acknowledge(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            await self._broker.publish(delivery.reply, b"+ACK")

    async def _hold(self, units: list[_Unit], pause: float) -> None:
        """Tell the broker we are still at it, then wait."""
        log.warning("consumer_waits", facts=sum(len(unit.deliveries) for unit in units), seconds=pause)
        for unit in units:
            for delivery in unit.deliveries:
                await self._broker.publish(delivery.reply, b"+WPI")
        await asyncio.sleep(pause)

    # -- dead letters ------------------------------------------------------------------------------------

    async def redrive(self) -> None:
        """Apply dead letters an operator has released, each once; runs until cancelled."""
        waiting = constant(
            sa.select(_DEAD).where(_DEAD.c.status == "redrive").order_by(_DEAD.c.parked_at).limit(100)
        )

        async def released(tx: Tx) -> list[Any]:
            return await tx.all(waiting)

        while True:
            await asyncio.sleep(REDRIVE_SECONDS)
            try:
                for row in await self._store.read(released, Context()):
                    await self._redrive_one(row)
            except Problem as error:
                log.warning("redrive_interrupted", error=error.title)

    async def _redrive_one(self, row: Any) -> None:
        subscription = self._by_prefix.get(row.subject.rpartition(".")[0])

        async def settle(tx: Tx, status: str) -> bool:
            change = sa.update(_DEAD).where(_DEAD.c.id == row.id, _DEAD.c.status == "redrive")
            return await tx.execute(change.values(status=status, settled_at=tx.now)) == 1

        try:
            if subscription is None:
                raise ValueError("nobody handles this subject")
            fact = subscription.fact.parse(bytes(row.payload))

            async def work(tx: Tx) -> None:
                if await settle(tx, "redriven"):
                    await subscription.handler(tx, [fact] if subscription.many else fact)

            await self._store.write(work, fact_context(self._consumer, fact, None))
        except Unavailable:
            raise
        except Exception as error:
            log.exception("redrive_failed", dead_letter_id=str(row.id), error=type(error).__name__)
            await self._store.write(lambda tx: settle(tx, "parked"), Context())


def fact_context(consumer: str, fact: Fact, stream_seq: int | None) -> Context:
    """The transaction context in which `consumer` applies a fact."""
    return Context(
        actor=service_actor(consumer),
        community_id=fact.community_id,
        request_id=fact.correlation_id,
        causation_id=fact.fact_id,
        stream_seq=stream_seq,
    )


_INBOX_INSERTS: dict[str, Any] = {}


def _inbox_insert(tx: Tx) -> Any:
    name = tx.statements.dialect.name
    if name not in _INBOX_INSERTS:
        _INBOX_INSERTS[name] = constant(tx.upsert(_INBOX).on_conflict_do_nothing())
    return _INBOX_INSERTS[name]


__all__ = ["Bus", "Consumers", "Subscription"]

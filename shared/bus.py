"""From the stream to handlers: every fact is applied exactly once per service, then acknowledged.

A pulled batch is applied in stream order in as few commits as possible, each fact in its own savepoint
together with its inbox row; what failed is never overtaken. A transient failure (own database away) is waited
out and counts nothing; a deterministic one is tried three times, then parked as a dead letter, and the rest
goes on. A missing stream or consumer is made again.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

import structlog
from nats.aio.msg import Msg

from shared.consumers import Subscription
from shared.crash import crashpoint
from shared.dead_letters import park
from shared.facts import STREAM, Fact
from shared.identity import service_actor
from shared.inbox import enter, fact_context
from shared.problems import InsufficientStorage, Unavailable
from shared.store.store import NotTried, Store
from shared.store.tx import Context, Tx
from shared.stream import NANOSECONDS, Broker, BrokerTrouble, Refused, StreamMissing
from shared.telemetry import REDELIVERIES, service_name

log = structlog.get_logger("bus")

F = TypeVar("F", bound=Fact)
PULL_MESSAGES = 1000
PULL_SECONDS = 30
HEARTBEAT_SECONDS = 5
LOOK_SECONDS = 0.5
"""How soon a new connection to the broker is noticed while nothing arrives."""
SILENCE_SECONDS = 15.0
RECLAIM_SECONDS = 2.0
"""How often, while nothing arrives, we look for what the broker believes to have delivered."""
CREATE_FAILED = 10012
"""Error code of a consumer the broker knows and cannot store, its files being gone. It never mends itself."""
ACK_WAIT_SECONDS = 30
BATCH_FACTS = 500
BATCH_BYTES = 150_000
ATTEMPTS = 3


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

    def __init__(self, store: Store, broker: Broker, handlers: Mapping[str, Subscription]) -> None:
        self._store = store
        self._broker = broker
        self._consumer = service_name()
        self._handlers = handlers
        self._arrived: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._gone = False
        self._asked = 0
        self._heard_at = 0.0
        self._reclaimed_at = 0.0

    async def run(self) -> None:
        """Apply facts until cancelled; every failure of the broker is tried again."""
        if not self._handlers:
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
                    await self._broker.unsubscribe(subscription)

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
            "filter_subjects": sorted(f"{prefix}.*" for prefix in self._handlers),
        }
        body = {"stream_name": STREAM, "config": config, "action": ""}
        try:
            await self._broker.api(f"CONSUMER.CREATE.{STREAM}.{self._consumer}", body)
        except Refused as refusal:
            if refusal.code != CREATE_FAILED:
                raise
            log.warning("consumer_remade", reason=str(refusal))
            await self._broker.api(f"CONSUMER.DELETE.{STREAM}.{self._consumer}")
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

    async def _reclaim(self) -> None:
        """Have what went to a connection that had died delivered again, long before ACK_WAIT_SECONDS.

        All we were given is applied and acknowledged here: what waits for an acknowledgement is lost.
        """
        if monotonic() - self._reclaimed_at < RECLAIM_SECONDS:
            return
        self._reclaimed_at = monotonic()
        info = await self._broker.api(f"CONSUMER.INFO.{STREAM}.{self._consumer}")
        if info["num_ack_pending"] and not self._arrived:
            log.info("deliveries_reclaimed", facts=info["num_ack_pending"])
            await self._take_up()
            self._asked = 0

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
        delivery.subscription = self._handlers.get(message.subject.rpartition(".")[0])
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
                await self._reclaim()
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
            elif isinstance(outcome, NotTried):
                remaining.append(unit)
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
            return lambda tx: park(tx, self._consumer, first, ATTEMPTS if first.fact else 1), Context(
                service_actor(self._consumer)
            )
        context = fact_context(self._consumer, first.fact, last.stream_seq)
        if first.subscription.many:
            return lambda tx: self._apply_many(tx, unit.deliveries), context
        return lambda tx: self._apply_one(tx, first), context

    async def _apply_one(self, tx: Tx, delivery: Delivery) -> None:
        fact, subscription = delivery.fact, delivery.subscription
        if fact is None or subscription is None:
            raise TypeError("only a parsed fact is applied")
        if await enter(tx, self._consumer, [fact.fact_id]):
            await subscription.handler(tx, fact)

    async def _apply_many(self, tx: Tx, deliveries: list[Delivery]) -> None:
        facts = {d.fact.fact_id: d.fact for d in deliveries if d.fact is not None}
        subscription = deliveries[0].subscription
        if subscription is None:
            raise TypeError("only parsed facts are applied")
        fresh = await enter(tx, self._consumer, list(facts))
        if fresh:
            await subscription.handler(tx, [facts[fact_id] for fact_id in fresh])

    async def _acknowledge(self, deliveries: list[Delivery]) -> None:
        await self._broker.answer([delivery.reply for delivery in deliveries], b"+ACK")

    async def _hold(self, units: list[_Unit], pause: float) -> None:
        """Tell the broker we are still at it, then wait."""
        log.warning("consumer_waits", facts=sum(len(unit.deliveries) for unit in units), seconds=pause)
        await self._broker.answer([each.reply for unit in units for each in unit.deliveries], b"+WPI")
        await asyncio.sleep(pause)

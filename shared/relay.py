"""From the outbox to the stream: committed facts are published in order, at least once, until acknowledged.

Rows are found by their missing `published_at`, never by a cursor. Order is kept per aggregate. A few rows go
out at once, of each aggregate one at a time; many go as one JetStream atomic batch, and when that is refused
(it holds an id the stream knows) like a few, which the stream deduplicates. A publish that timed out may have
happened: it is repeated under the same id.
"""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import structlog

from shared.crash import crashpoint
from shared.epoch import Epoch, remember_high_water
from shared.facts import STREAM
from shared.problems import Problem
from shared.settings import Settings
from shared.store import tables
from shared.store.statements import constant
from shared.store.store import Store
from shared.store.tx import Context, Tx
from shared.stream import Broker, BrokerTrouble, Refused, StreamMissing
from shared.telemetry import PUBLISHED, RELAY_FAILURES, service_name

log = structlog.get_logger("relay")

BATCH_ROWS = 500
BATCH_BYTES = 4_000_000
BATCH_FROM = 12
"""From so many rows on one atomic batch, which costs some 6 ms, is faster than as many publishes abreast."""

ABREAST = 32
POLL_SECONDS = 1.0
VERIFY_SECONDS = 5.0
MARK_ROWS = 1000
_ROW = tables.outbox
_EARLIER = tables.outbox.alias("earlier")

_UNPUBLISHED = constant(
    sa.select(
        _ROW.c.seq, _ROW.c.fact_id, _ROW.c.aggregate_type, _ROW.c.aggregate_id, _ROW.c.subject, _ROW.c.payload
    )
    .add_columns(_ROW.c.attempts)
    .where(
        _ROW.c.published_at.is_(None),
        ~sa.exists().where(
            _EARLIER.c.published_at.is_(None),
            _EARLIER.c.next_attempt_at > sa.bindparam("now", type_=_ROW.c.next_attempt_at.type),
            _EARLIER.c.aggregate_type == _ROW.c.aggregate_type,
            _EARLIER.c.aggregate_id == _ROW.c.aggregate_id,
            _EARLIER.c.seq <= _ROW.c.seq,
        ),
    )
    .order_by(_ROW.c.seq)
    .limit(sa.bindparam("rows", type_=sa.Integer()))
)
_MARK = constant(
    sa.update(_ROW)
    .where(_ROW.c.seq == sa.bindparam("_seq"))
    .values(published_at=sa.bindparam("_at"), stream_seq=sa.bindparam("_stream_seq"), next_attempt_at=None)
)
_BLOCK = constant(
    sa.update(_ROW)
    .where(_ROW.c.seq == sa.bindparam("_seq"))
    .values(
        attempts=_ROW.c.attempts + 1, next_attempt_at=sa.bindparam("_next"), last_error=sa.bindparam("_error")
    )
)


class Relay:
    """Publishes one service's outbox; run it in the replica that holds the lease."""

    def __init__(self, store: Store, broker: Broker, settings: Settings) -> None:
        self._store = store
        self._broker = broker
        self._epoch = Epoch(store, broker, settings)
        self._highest = 0
        """The latest stream sequence of ours since the stream was verified."""
        self._verified_at = 0.0
        self._unmarked: dict[int, int] = {}
        self._marking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Publish until cancelled; every failure is tried again, with pauses up to five seconds."""
        pause = 0.1
        while True:
            try:
                await self._broker.up.wait()
                connection = self._broker.connections
                await self._verify()
                while connection == self._broker.connections:
                    await self._round()
                    pause = 0.1
            except (BrokerTrouble, Problem) as error:
                RELAY_FAILURES.labels(service_name()).inc()
                log.warning("relay_interrupted", error=str(error))
                self._unmarked.clear()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _verify(self) -> None:
        """Make sure of the stream before, and now and then while, publishing to it."""
        self._highest = 0
        await self._epoch.verify()
        self._verified_at = monotonic()

    async def _round(self) -> None:
        """Publish what is committed now, or wait for the next commit."""
        self._store.facts_committed.clear()
        rows = await self._unpublished()
        if rows:
            crashpoint("before_publish")
            await self._publish(rows)
            return
        if self._unmarked:
            await self._start_marking()
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._store.facts_committed.wait()
        except TimeoutError:
            if monotonic() - self._verified_at > VERIFY_SECONDS:
                await self._verify()

    async def _unpublished(self) -> list[Any]:
        async def work(tx: Tx) -> list[Any]:
            limit = BATCH_ROWS + len(self._unmarked)
            return await tx.all(_UNPUBLISHED, {"now": tx.now, "rows": limit})

        rows = [row for row in await self._store.read(work, Context()) if row.seq not in self._unmarked]
        size = 0
        for count, row in enumerate(rows[:BATCH_ROWS]):
            size += len(row.payload)
            if size > BATCH_BYTES:
                return rows[: max(count, 1)]
        return rows[:BATCH_ROWS]

    # -- publishing --------------------------------------------------------------------------------------

    async def _publish(self, rows: list[Any]) -> None:
        if len(rows) >= BATCH_FROM:
            try:
                last = await self._publish_batch(rows)
            except Refused as refusal:
                log.info("batch_refused", code=refusal.code, rows=len(rows))
            else:
                self._require_progress(last)
                await self._acknowledged({row.seq: last - len(rows) + 1 + i for i, row in enumerate(rows)})
                return
        await self._publish_singly(rows)

    async def _publish_batch(self, rows: list[Any]) -> int:
        """All rows or none as one atomic batch (NATS ADR-50): the stream sequence of the last."""
        batch = uuid4().hex
        for number, row in enumerate(rows[:-1], 1):
            headers = self._headers(row) | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            await self._broker.publish(row.subject, row.payload.encode(), headers=headers)
        last = rows[-1]
        headers = self._headers(last) | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(rows))}
        headers["Nats-Batch-Commit"] = "1"
        answer = await self._broker.request(last.subject, last.payload.encode(), headers=headers)
        return int(answer["seq"])

    async def _publish_singly(self, rows: list[Any]) -> None:
        """Several at once, of each aggregate one; a row that is refused blocks its aggregate."""
        blocked: set[tuple[str, Any]] = set()
        while rows:
            abreast: dict[tuple[str, Any], Any] = {}
            later = []
            for row in rows:
                aggregate = (row.aggregate_type, row.aggregate_id)
                if aggregate in abreast or len(abreast) == ABREAST:
                    later.append(row)
                elif aggregate not in blocked:
                    abreast[aggregate] = row
            blocked |= await self._publish_abreast(abreast)
            rows = later

    async def _publish_abreast(self, rows: dict[tuple[str, Any], Any]) -> set[tuple[str, Any]]:
        """Publish one row of each aggregate; the aggregates whose row was refused."""
        answers = await asyncio.gather(*map(self._publish_one, rows.values()), return_exceptions=True)
        acknowledged: dict[int, int] = {}
        refused: dict[tuple[str, Any], Refused] = {}
        troubles = []
        for (aggregate, row), answer in zip(rows.items(), answers, strict=True):
            if isinstance(answer, Refused):
                refused[aggregate] = answer
            elif isinstance(answer, BaseException):
                troubles.append(answer)
            else:
                if not answer.get("duplicate"):
                    self._require_progress(int(answer["seq"]))
                acknowledged[row.seq] = int(answer["seq"])
        if acknowledged:
            await self._acknowledged(acknowledged)
        for aggregate, refusal in refused.items():
            await self._block(rows[aggregate], refusal)
        if troubles:
            raise troubles[0]
        return set(refused)

    async def _publish_one(self, row: Any) -> dict[str, Any]:
        return await self._broker.request(row.subject, row.payload.encode(), headers=self._headers(row))

    def _require_progress(self, stream_seq: int) -> None:
        """A sequence that is not higher than the one before means another stream: somebody made it anew."""
        if stream_seq <= self._highest:
            raise StreamMissing(f"sequence fell from {self._highest} to {stream_seq}")
        self._highest = stream_seq

    @staticmethod
    def _headers(row: Any) -> dict[str, str]:
        return {"Nats-Msg-Id": str(row.fact_id), "Nats-Expected-Stream": STREAM}

    async def _block(self, row: Any, refusal: Refused) -> None:
        RELAY_FAILURES.labels(service_name()).inc()
        log.warning("publish_refused", fact_id=str(row.fact_id), code=refusal.code)
        delay = timedelta(seconds=min(0.2 * 2 ** min(row.attempts, 10), 30.0))

        async def work(tx: Tx) -> None:
            await tx.execute(_BLOCK, {"_seq": row.seq, "_next": tx.now + delay, "_error": str(refusal)[:500]})

        await self._store.write(work, Context())

    # -- marking -----------------------------------------------------------------------------------------

    async def _acknowledged(self, stream_seqs: dict[int, int]) -> None:
        """Remember what the broker holds; rows are marked in the background, many in one commit."""
        crashpoint("after_puback_before_mark")
        PUBLISHED.labels(service_name()).inc(len(stream_seqs))
        self._unmarked |= stream_seqs
        await self._start_marking()

    async def _start_marking(self) -> None:
        """Have a task marking; wait for it when it has failed or far too much has piled up."""
        if self._marking is not None and (self._marking.done() or len(self._unmarked) > 4 * MARK_ROWS):
            marking, self._marking = self._marking, None
            await marking
        if self._marking is None:
            self._marking = asyncio.create_task(self._mark())

    async def _mark(self) -> None:
        await asyncio.sleep(0.02)
        while self._unmarked:
            chunk = dict(list(self._unmarked.items())[:MARK_ROWS])

            async def work(tx: Tx, chunk: dict[int, int] = chunk) -> None:
                marks = [{"_seq": seq, "_at": tx.now, "_stream_seq": stream} for seq, stream in chunk.items()]
                await tx.execute(_MARK, marks)
                await remember_high_water(tx, max(chunk.values()))

            await self._store.write(work, Context())
            for seq in chunk:
                self._unmarked.pop(seq, None)

    async def settle(self) -> None:
        """Mark what has been acknowledged; called once after the relay was cancelled.

        What cannot be marked now is published again, and recognised.
        """
        try:
            await self._mark()
        except Problem as problem:
            log.warning("not_marked", facts=len(self._unmarked), problem=problem.title)

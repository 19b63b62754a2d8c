"""Dead letters: facts that could not be applied wait here until an operator releases them.

`guildhall dead-letters redrive` marks a letter; the service applies it once, or parks it again.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from shared.consumers import Subscription
from shared.facts import Fact
from shared.ids import uuid7
from shared.inbox import enter, fact_context
from shared.problems import Problem, Unavailable
from shared.store import tables
from shared.store.statements import constant
from shared.store.store import Store
from shared.store.tx import Context, Tx
from shared.telemetry import service_name

log = structlog.get_logger("dead_letters")

REDRIVE_SECONDS = 1.0
_DEAD = tables.dead_letter


class Parcel(Protocol):
    """A delivery as it is parked."""

    subject: str
    payload: bytes
    fact: Fact | None
    error: str


async def park(tx: Tx, consumer: str, delivery: Parcel, failures: int) -> None:
    """Keep the message as a dead letter; its fact counts as handled until somebody redrives it."""
    fact_id = delivery.fact.fact_id if delivery.fact else None
    if fact_id is not None and not await enter(tx, consumer, [fact_id]):
        return
    row = {
        "id": uuid7(),
        "consumer": consumer,
        "fact_id": fact_id,
        "subject": delivery.subject[:200],
        "payload": delivery.payload,
        "error_class": (delivery.error or "Unknown")[:100],
        "failures": failures,
        "parked_at": tx.now,
        "status": "parked",
    }
    await tx.execute(sa.insert(_DEAD), row)
    log.error("dead_letter", subject=delivery.subject, error=delivery.error, dead_letter_id=str(row["id"]))


class Redrive:
    """Applies what an operator has released; run it in the replica that holds the lease."""

    def __init__(self, store: Store, handlers: Mapping[str, Subscription]) -> None:
        self._store = store
        self._consumer = service_name()
        self._handlers = handlers

    async def run(self) -> None:
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
        subscription = self._handlers.get(row.subject.rpartition(".")[0])

        async def settle(tx: Tx, status: str) -> bool:
            change = sa.update(_DEAD).where(_DEAD.c.id == row.id, _DEAD.c.status == "redrive")
            return await tx.execute(change.values(status=status, settled_at=tx.now)) == 1

        try:
            if subscription is None:
                raise ValueError("nobody handles this subject")
            fact = subscription.fact.parse(bytes(row.payload))

            async def work(tx: Tx) -> None:
                # One that could not be read when it was parked is not in the inbox yet.
                fresh = row.fact_id is not None or await enter(tx, self._consumer, [fact.fact_id])
                if await settle(tx, "redriven") and fresh:
                    await subscription.handler(tx, [fact] if subscription.many else fact)

            await self._store.write(work, fact_context(self._consumer, fact, None))
        except Unavailable:
            raise
        except Exception as error:
            log.exception("redrive_failed", dead_letter_id=str(row.id), error=type(error).__name__)
            await self._store.write(lambda tx: settle(tx, "parked"), Context())

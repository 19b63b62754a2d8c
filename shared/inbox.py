"""The inbox: which facts a consumer has applied. It alone decides what a duplicate is."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.facts import Fact
from shared.identity import service_actor
from shared.store import tables
from shared.store.statements import constant
from shared.store.tx import Context, Tx
from shared.telemetry import APPLIED, DUPLICATES

_INBOX = tables.inbox
_KNOWN = sa.select(_INBOX.c.fact_id)
_INBOX_INSERTS: dict[str, Any] = {}


def _inbox_insert(tx: Tx) -> Any:
    name = tx.statements.dialect.name
    if name not in _INBOX_INSERTS:
        _INBOX_INSERTS[name] = constant(tx.upsert(_INBOX).on_conflict_do_nothing())
    return _INBOX_INSERTS[name]


async def enter(tx: Tx, consumer: str, fact_ids: list[UUID]) -> list[UUID]:
    """Enter the facts into the inbox; those that were not there yet, in order."""
    if len(fact_ids) == 1:
        row = {"consumer": consumer, "fact_id": fact_ids[0], "applied_at": tx.now}
        fresh = fact_ids if await tx.execute(_inbox_insert(tx), row) else []
    else:
        known = _KNOWN.where(_INBOX.c.consumer == consumer, _INBOX.c.fact_id.in_(fact_ids))
        seen = {row.fact_id for row in await tx.all(known)}
        fresh = [fact_id for fact_id in fact_ids if fact_id not in seen] if seen else fact_ids
        rows = [{"consumer": consumer, "fact_id": each, "applied_at": tx.now} for each in fresh]
        await tx.execute(sa.insert(_INBOX), rows)
    APPLIED.labels(consumer).inc(len(fresh))
    DUPLICATES.labels(consumer).inc(len(fact_ids) - len(fresh))
    return fresh


def fact_context(consumer: str, fact: Fact, stream_seq: int | None) -> Context:
    """The transaction context in which `consumer` applies a fact."""
    return Context(
        actor=service_actor(consumer),
        community_id=fact.community_id,
        request_id=fact.correlation_id,
        causation_id=fact.fact_id,
        stream_seq=stream_seq,
    )

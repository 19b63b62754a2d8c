"""Forgetting: outbox, inbox, idempotency and settled dead letters past their time go, a few at a time."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from shared.settings import Settings, settings
from shared.store import tables
from shared.store.store import Store
from shared.store.tx import Context, Tx

CHUNK_ROWS = 500


def _expired(limits: Settings) -> list[tuple[sa.Table, list[Any], Any, timedelta]]:
    """Table, key columns, the moment that counts, and how long its rows are kept."""
    outbox, inbox, idempotency, letter = tables.outbox, tables.inbox, tables.idempotency, tables.dead_letter
    return [
        (outbox, [outbox.c.seq], outbox.c.recorded_at, timedelta(days=limits.outbox_days)),
        (letter, [letter.c.id], letter.c.settled_at, timedelta(days=limits.outbox_days)),
        (inbox, [inbox.c.consumer, inbox.c.fact_id], inbox.c.applied_at, timedelta(days=limits.inbox_days)),
        (
            idempotency,
            [idempotency.c.principal, idempotency.c.key],
            idempotency.c.created_at,
            timedelta(hours=limits.idempotency_hours),
        ),
    ]


async def forget(store: Store) -> None:
    """Delete every expired row; unpublished facts and dead letters that are not settled never expire."""
    for table, keys, moment, lifetime in _expired(settings()):

        async def chunk(
            tx: Tx,
            table: sa.Table = table,
            keys: list[Any] = keys,
            moment: Any = moment,
            lifetime: timedelta = lifetime,
        ) -> int:
            old = sa.select(*keys).where(moment < tx.now - lifetime).limit(CHUNK_ROWS)
            if table is tables.outbox:
                old = old.where(table.c.published_at.is_not(None))
            return await tx.execute(sa.delete(table).where(sa.tuple_(*keys).in_(old)))

        while await store.write(chunk, Context()) == CHUNK_ROWS:
            continue

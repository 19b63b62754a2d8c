"""A broker that came back with less: noticed, and what it lost is marked for publishing again."""

import base64
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from shared.clock import now
from shared.facts import STREAM
from shared.settings import Settings
from shared.store import tables
from shared.store.statements import constant
from shared.store.store import Store
from shared.store.tx import Context, Tx
from shared.stream import Broker, Refused, StreamMissing
from shared.telemetry import REGRESSIONS, service_name

log = structlog.get_logger("epoch")

_ROW = tables.outbox
_EPOCH = tables.broker_epoch

_PUBLISHED_LATEST = constant(
    sa.select(_ROW.c.fact_id, _ROW.c.stream_seq)
    .where(
        _ROW.c.stream_seq.is_not(None),
        _ROW.c.recorded_at > sa.bindparam("since", type_=_ROW.c.recorded_at.type),
    )
    .order_by(_ROW.c.stream_seq.desc())
    .limit(1)
    .offset(sa.bindparam("skip", type_=sa.Integer()))
)
_FORGET = constant(
    sa.update(_ROW)
    .where(
        _ROW.c.published_at.is_not(None),
        _ROW.c.recorded_at > sa.bindparam("_since"),
        sa.or_(_ROW.c.stream_seq.is_(None), _ROW.c.stream_seq > sa.bindparam("_after")),
    )
    .values(published_at=None, stream_seq=None, attempts=0, next_attempt_at=None)
)


class Epoch:
    """What one service knows of the stream's past."""

    def __init__(self, store: Store, broker: Broker, settings: Settings) -> None:
        self._store = store
        self._broker = broker
        self._settings = settings

    async def verify(self) -> None:
        """Make the stream when it is missing; publish again what the stream has lost."""
        info = await self._broker.ensure_stream()
        created = str(info["created"])
        since = now() - timedelta(days=self._settings.stream_days)

        async def known(tx: Tx) -> Any:
            return await tx.first(sa.select(_EPOCH).where(_EPOCH.c.stream == STREAM))

        epoch = await self._store.read(known, Context())
        kept = await self._last_kept(since)
        if epoch is not None and epoch.created_at == created and kept is None:
            return
        if epoch is not None:
            REGRESSIONS.labels(service_name()).inc()
            log.warning("broker_regressed", kept=kept)

        async def work(tx: Tx) -> None:
            if kept is not None:
                await tx.execute(_FORGET, {"_since": since, "_after": kept})
            fresh = {"created_at": created, "max_stream_seq": int(info["state"]["last_seq"])}
            statement = tx.upsert(_EPOCH).values(stream=STREAM, **fresh)
            await tx.execute(statement.on_conflict_do_update(index_elements=["stream"], set_=fresh))

        await self._store.write(work, Context())

    async def _last_kept(self, since: Any) -> int | None:
        """None when the stream holds our latest fact; else the last stream sequence it kept of ours.

        Looks at the latest published fact, then at ones 1, 2, 4, 8 ... further back until one is found.
        """
        skip = 0
        while True:

            async def latest(tx: Tx, skip: int = skip) -> Any:
                return await tx.first(_PUBLISHED_LATEST, {"since": since, "skip": skip})

            row = await self._store.read(latest, Context())
            if row is None:
                return None if skip == 0 else 0
            if await self._holds(row.stream_seq, str(row.fact_id)):
                return None if skip == 0 else int(row.stream_seq)
            skip = max(1, skip * 2)

    async def _holds(self, stream_seq: int, fact_id: str) -> bool:
        try:
            answer = await self._broker.api(f"STREAM.MSG.GET.{STREAM}", {"seq": stream_seq})
        except StreamMissing:
            raise
        except Refused:
            return False
        headers = base64.b64decode(answer["message"].get("hdrs", ""))
        return f"Nats-Msg-Id: {fact_id}".encode() in headers


async def remember_high_water(tx: Tx, stream_seq: int) -> None:
    highest = sa.case((_EPOCH.c.max_stream_seq < stream_seq, stream_seq), else_=_EPOCH.c.max_stream_seq)
    await tx.execute(sa.update(_EPOCH).where(_EPOCH.c.stream == STREAM).values(max_stream_seq=highest))

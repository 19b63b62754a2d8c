"""A broker that came back with less: noticed, and what it lost is marked for publishing again."""

import base64
from datetime import datetime, timedelta
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
from shared.stream import Broker, Refused
from shared.telemetry import REGRESSIONS, service_name

log = structlog.get_logger("epoch")

_ROW = tables.outbox
_EPOCH = tables.broker_epoch

LATEST_ROWS = 1000
"""Among how many of the newest rows the latest published is looked for; all would be a scan of the outbox."""

FORGET_ROWS = 5000
NO_MESSAGE = 10037

_LATEST = (
    sa.select(_ROW.c.fact_id, _ROW.c.stream_seq, _ROW.c.recorded_at)
    .where(_ROW.c.stream_seq.is_not(None))
    .order_by(_ROW.c.seq.desc())
    .limit(LATEST_ROWS)
    .offset(sa.bindparam("skip", type_=sa.Integer()))
    .subquery()
)
_PUBLISHED_LATEST = constant(
    sa.select(_LATEST.c.fact_id, _LATEST.c.stream_seq)
    .where(_LATEST.c.recorded_at > sa.bindparam("since", type_=_ROW.c.recorded_at.type))
    .order_by(_LATEST.c.stream_seq.desc())
    .limit(1)
)
_NEXT = sa.select(_ROW.c.seq).where(_ROW.c.seq > sa.bindparam("from")).order_by(_ROW.c.seq).limit(FORGET_ROWS)
_NEXT_END = constant(sa.select(sa.func.max(_NEXT.subquery().c.seq).label("seq")))
_FORGET = constant(
    sa.update(_ROW)
    .where(
        _ROW.c.seq > sa.bindparam("_from"),
        _ROW.c.seq <= sa.bindparam("_to"),
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
        last_seq = int(info["state"]["last_seq"])
        same = epoch is not None and epoch.created_at == created
        if same and last_seq < epoch.max_stream_seq:
            kept = last_seq if kept is None else min(kept, last_seq)
        if same and kept is None:
            return
        if epoch is not None:
            REGRESSIONS.labels(service_name()).inc()
            log.warning("broker_regressed", kept=kept)
        if kept is not None:
            await self._forget(since, kept)

        async def work(tx: Tx) -> None:
            fresh = {"created_at": created, "max_stream_seq": last_seq}
            statement = tx.upsert(_EPOCH).values(stream=STREAM, **fresh)
            await tx.execute(statement.on_conflict_do_update(index_elements=["stream"], set_=fresh))

        await self._store.write(work, Context())

    async def _forget(self, since: datetime, kept: int) -> None:
        """Have everything after `kept` published again; a few rows at a time, as there may be millions."""
        position: int | None = 0
        while position is not None:

            async def work(tx: Tx, start: int = position) -> int | None:
                end: int | None = (await tx.one(_NEXT_END, {"from": start})).seq
                if end is not None:
                    given = {"_from": start, "_to": end, "_since": since, "_after": kept}
                    await tx.execute(_FORGET, given)
                return end

            position = await self._store.write(work, Context())

    async def _last_kept(self, since: datetime) -> int | None:
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
        except Refused as refusal:
            if refusal.code != NO_MESSAGE:
                raise
            return False
        headers = base64.b64decode(answer["message"].get("hdrs", ""))
        return f"Nats-Msg-Id: {fact_id}".encode() in headers


async def remember_high_water(tx: Tx, stream_seq: int) -> None:
    highest = sa.case((_EPOCH.c.max_stream_seq < stream_seq, stream_seq), else_=_EPOCH.c.max_stream_seq)
    await tx.execute(sa.update(_EPOCH).where(_EPOCH.c.stream == STREAM).values(max_stream_seq=highest))

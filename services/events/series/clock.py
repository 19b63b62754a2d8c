"""What time does to series: the clock -> more occurrences up to the horizon, or the end of the series."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import Series
from services.events.series.generate import extend
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

_NOW = sa.bindparam("now", type_=Series.__table__.c.extend_at.type)  # type: ignore[attr-defined]
_DUE = (
    select(Series)
    .where(col(Series.extend_at).is_not(None), col(Series.extend_at) <= _NOW)
    .order_by(col(Series.extend_at))
    .limit(1)
)
IS_DUE = constant(across(_DUE, why="series of every community that need more occurrences"))
ONE_DUE = constant(
    across(
        _DUE.with_for_update(skip_locked=True, key_share=True),
        why="series of every community that need more occurrences",
    )
)
"""Held until commit and passed over by whoever else looks: two replicas at once never take the same one."""


@jobs.every(seconds=1.0)
async def advance(store: Store) -> None:
    """Take every series as far as the horizon, some occurrences at a time; idle it looks into an index."""
    while await store.read(_is_due, Context()):
        if not await store.write(take_one, Context(actor=service_actor("events"))):
            return
        crashpoint("after_series_extended")


async def _is_due(tx: Tx) -> Any:
    return await tx.first(IS_DUE, {"now": tx.now})


async def take_one(tx: Tx) -> bool:
    """Take one series further; whether there was one."""
    series = await tx.first(ONE_DUE, {"now": tx.now})
    if series is None:
        return False
    tx.within(series.community_id)
    await extend(tx, series)
    crashpoint("mid_series_extended")
    return True

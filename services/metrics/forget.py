"""Delete the roll-ups a rebuild has replaced, piece by piece."""

from typing import Any

import sqlalchemy as sa

from services.metrics.models import ROLLUPS, Community, Rollup, table
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

jobs = Jobs()

PIECE = 500
"""Rows, or more when they share a key, deleted in one write."""


@jobs.every(seconds=1.0)
async def clear(store: Store) -> None:
    """Delete what no community refers to any more, one small write at a time."""
    more = await store.read(_replaced, Context())
    while more:
        more = await store.write(forget, Context())


async def _replaced(tx: Tx) -> bool:
    return await tx.first(_RETIRED) is not None


async def forget(tx: Tx) -> bool:
    """Delete a piece of a roll-up nobody asks any more; whether there was one."""
    retired: Any = await tx.first(_RETIRED)
    if retired is None:
        return False
    tx.within(retired.community_id)
    for model in ROLLUPS:
        if await tx.execute(_PIECES[model], {"_no": retired.no}):
            return True
    await tx.execute(_FORGET, {"_no": retired.no})
    return True


_community, _rollup = table(Community), table(Rollup)
_NO = sa.bindparam("_no", type_=sa.Integer)
_RETIRED = constant(
    across(
        sa.select(_rollup.c.no, _rollup.c.community_id)
        .outerjoin(
            _community, sa.or_(_community.c.live == _rollup.c.no, _community.c.building == _rollup.c.no)
        )
        .where(_community.c.community_id.is_(None))
        .limit(1),
        why="roll-ups no community refers to",
    )
)
_FORGET = constant(sa.delete(_rollup).where(scope(Rollup), _rollup.c.no == _NO))


def _piece(model: type[Any]) -> sa.Delete:
    """Delete what lies under a few of the values that divide a roll-up's rows best."""
    own = table(model)
    names = ("person", "bucket", "first", "day", "thread")
    key = next(own.c[name] for name in names if name in own.primary_key.columns)
    some = sa.select(key).where(own.c.rollup == _NO).limit(PIECE)
    return constant(sa.delete(own).where(own.c.rollup == _NO, key.in_(some)))


_PIECES = {model: _piece(model) for model in ROLLUPS}

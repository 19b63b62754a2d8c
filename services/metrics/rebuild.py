"""Count everything again: POST /metrics/rebuild -> a new roll-up, filled beside the live one -> switch."""

from functools import partial
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.metrics.fold import fold
from services.metrics.log import LOG, enter, entry, lock, new_rollup
from services.metrics.models import Activity, Community, Rollup, table
from shared.identity import Actor
from shared.jobs import Jobs
from shared.route import Read, Router, View, Write
from shared.store import Context, Store, Tx, across, constant, scope

router = Router(tags=["metrics"])
jobs = Jobs()

CHUNK = 500
"""Activities folded in one write: some 20 ms, so that live facts never wait long."""


class RebuildView(View):
    """`building` until the new roll-up has caught up with the live one and takes its place."""

    state: Literal["idle", "building"]
    timezone: str
    high_water: int


async def begin(tx: Tx, community_id: UUID, timezone: str) -> int:
    """Start a new roll-up; one that was being filled is given up."""
    no = await new_rollup(tx, community_id, timezone, cursor=0)
    await tx.execute(_BUILD, {"_no": no})
    return no


async def start(tx: Tx, _actor: Actor, community_id: UUID) -> RebuildView:
    community = await lock(tx) or await enter(tx, community_id, [])
    await begin(tx, community_id, community.timezone)
    tx.audit("metrics.rebuild", community_id)
    return RebuildView(state="building", timezone=community.timezone, high_water=community.high_water)


async def progress(tx: Tx, _actor: Actor, _community_id: UUID) -> RebuildView:
    community: Any = await tx.first(_COMMUNITY)
    if community is None:
        return RebuildView(state="idle", timezone="UTC", high_water=0)
    state: Literal["idle", "building"] = "idle" if community.building is None else "building"
    return RebuildView(state=state, timezone=community.timezone, high_water=community.high_water)


async def advance(tx: Tx, community_id: UUID, chunk: int = CHUNK) -> bool:
    """Fold the next chunk of the log; after the last, switch. Whether more is to do."""
    tx.within(community_id)
    community = await lock(tx)
    if community is None or community.building is None:
        return False
    rollup: Any = await tx.one(_ROLLUP, {"_no": community.building})
    rows: list[Any] = await tx.all(_NEXT, {"_cursor": rollup.cursor, "_limit": chunk})
    if rows:
        rollup = rollup._replace(cursor=rows[-1].seq)
        await fold(tx, rollup, [entry(row) for row in rows if not row.retracted])
        await tx.execute(_CURSOR, {"_no": rollup.no, "_cursor": rollup.cursor})
    if len(rows) == chunk:
        return True
    await tx.execute(_CURSOR, {"_no": rollup.no, "_cursor": None})
    await tx.execute(_SWITCH, {"_no": rollup.no})
    return False


@jobs.every(seconds=1.0)
async def work(store: Store) -> None:
    """Fill what is being built, one small write at a time."""
    for community_id in await store.read(_building, Context()):
        step = partial(advance, community_id=community_id)
        more = True
        while more:
            more = await store.write(step, Context())


async def _building(tx: Tx) -> list[UUID]:
    rows: list[Any] = await tx.all(_BUILDING)
    return [row.community_id for row in rows]


@router.post("/v1/communities/{community_id}/metrics/rebuild", status_code=202, allows="metrics.rebuild")
async def post_rebuild(community_id: UUID, write: Write) -> RebuildView:
    return await write(start, community_id)


@router.get("/v1/communities/{community_id}/metrics/rebuild", allows="metrics.read")
async def get_rebuild(community_id: UUID, read: Read) -> RebuildView:
    return await read(progress, community_id)


# Statements ---------------------------------------------------------------------------------------------

_community, _rollup, _activity = table(Community), table(Rollup), table(Activity)
_NO = sa.bindparam("_no", type_=sa.Integer)
_CURSOR_VALUE = sa.bindparam("_cursor", type_=sa.BigInteger)
_COMMUNITY = constant(sa.select(*_community.c).where(scope(Community)))
_BUILD = constant(sa.update(_community).where(scope(Community)).values(building=_NO))
_SWITCH = constant(sa.update(_community).where(scope(Community)).values(live=_NO, building=None))
_ROLLUP = constant(sa.select(*_rollup.c).where(scope(Rollup), _rollup.c.no == _NO))
_CURSOR = constant(sa.update(_rollup).where(scope(Rollup), _rollup.c.no == _NO).values(cursor=_CURSOR_VALUE))
_NEXT = constant(
    LOG.where(_activity.c.seq > _CURSOR_VALUE)
    .order_by(_activity.c.seq)
    .limit(sa.bindparam("_limit", type_=sa.Integer))
)
_BUILDING = constant(
    across(
        sa.select(_community.c.community_id).where(_community.c.building.is_not(None)),
        why="every rebuild under way",
    )
)

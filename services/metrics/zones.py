"""Count days where the community lives: CommunityCreated, CommunityChanged -> its time zone -> a rebuild."""

from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.metrics.log import enter
from services.metrics.models import Activity, Community, Rollup, table
from services.metrics.rebuild import begin
from shared.consumers import Consumers
from shared.contracts.membership import CommunityChanged, CommunityCreated
from shared.store import Tx, constant, scope

consumers = Consumers()


@consumers.on(CommunityCreated)
async def created(tx: Tx, fact: CommunityCreated) -> None:
    await settle(tx, fact)


@consumers.on(CommunityChanged)
async def changed(tx: Tx, fact: CommunityChanged) -> None:
    await settle(tx, fact)


async def settle(tx: Tx, fact: CommunityCreated | CommunityChanged) -> None:
    """Adopt the zone, counting again what was counted in another; older news changes nothing."""
    community = await enter(tx, fact.community_id, [fact])
    if fact.aggregate_version <= community.fact_version:
        return
    zone = ZoneInfo(fact.timezone).key
    await tx.execute(_SETTLE, {"_zone": zone, "_version": fact.aggregate_version})
    live: Any = await tx.one(_LIVE, {"_no": community.live})
    if live.timezone == zone:
        await tx.execute(_STAY)
    elif await tx.first(_ANYTHING) is None:
        await tx.execute(_MOVE, {"_no": community.live, "_zone": zone})
    else:
        await begin(tx, fact.community_id, zone)


_community, _rollup = table(Community), table(Rollup)
_NO = sa.bindparam("_no", type_=sa.Integer)
_ZONE = sa.bindparam("_zone", type_=sa.String)
_SETTLE = constant(
    sa.update(_community)
    .where(scope(Community))
    .values(timezone=_ZONE, fact_version=sa.bindparam("_version", type_=sa.Integer))
)
_STAY = constant(sa.update(_community).where(scope(Community)).values(building=None))
_LIVE = constant(sa.select(*_rollup.c).where(scope(Rollup), _rollup.c.no == _NO))
_MOVE = constant(sa.update(_rollup).where(scope(Rollup), _rollup.c.no == _NO).values(timezone=_ZONE))
_ANYTHING = constant(sa.select(table(Activity).c.seq).where(scope(Activity)).limit(1))

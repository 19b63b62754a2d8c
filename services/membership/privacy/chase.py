"""Chase erasures: the clock -> services told again, gauges, an alarm after an hour and on day 25."""

import sqlalchemy as sa
import structlog
from prometheus_client import Gauge
from sqlmodel import col, select

from services.membership.privacy import rules
from services.membership.privacy.erasure import NOW, THIS_PART, requested
from services.membership.privacy.models import DataRequest, DataRequestPart
from services.membership.privacy.rules import DataRequestKind, DataRequestState
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, constant

jobs = Jobs()
log = structlog.get_logger("erasure")

CHASE_SECONDS = 5.0
LOOKED_AT_ONCE = 500
UNFINISHED = Gauge("guildhall_erasures_unfinished", "Erasures some service has not answered.", ["service"])
OLDEST = Gauge("guildhall_erasure_oldest_seconds", "Age of the oldest unfinished erasure.", ["service"])


@jobs.every(seconds=CHASE_SECONDS)
async def chase(store: Store) -> None:
    """Tell again what some service has not answered, and raise the alarm when it takes too long."""
    context = Context(actor=service_actor("membership"))
    await store.write(_tell_again, context)
    await store.write(_watch, context)


async def _tell_again(tx: Tx) -> None:
    for part in await tx.all(UNANSWERED):
        if part.told_at is None or rules.told_again_at(part.told_at, part.told) > tx.now:
            continue
        await tx.lock(DataRequest, part.request_id)
        where = {"request_id": part.request_id, "of": part.community_id, "now": tx.now}
        await tx.execute(TOLD_AGAIN, where)
        tx.publish(requested(part))


async def _watch(tx: Tx) -> None:
    running = await tx.all(RUNNING)
    ages = [tx.now - each.created_at for each in running]
    UNFINISHED.labels("membership").set(len(running))
    OLDEST.labels("membership").set(max((age.total_seconds() for age in ages), default=0.0))
    for request, age in zip(running, ages, strict=True):
        alarms = rules.alarms_due(age)
        if alarms > request.alarms:
            await tx.lock(DataRequest, request.id, facts=0, alarms=alarms)
            say = log.error if alarms == len(rules.ALARMS) else log.warning
            say("erasure_late", request_id=str(request.id), hours=int(age.total_seconds() // 3600))


UNANSWERED = constant(
    select(DataRequestPart)
    .where(col(DataRequestPart.told_at).is_not(None), col(DataRequestPart.answered_at).is_(None))
    .order_by(col(DataRequestPart.told_at))
    .limit(LOOKED_AT_ONCE)
)
RUNNING = constant(
    select(DataRequest)
    .where(col(DataRequest.kind) == DataRequestKind.ERASE, col(DataRequest.state) == DataRequestState.RUNNING)
    .order_by(col(DataRequest.created_at))
    .limit(LOOKED_AT_ONCE)
)
TOLD_AGAIN = constant(
    sa.update(DataRequestPart).where(*THIS_PART).values(told_at=NOW, told=col(DataRequestPart.told) + 1)
)

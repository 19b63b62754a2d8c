"""How promises are kept: GET /promises/summary -> those due in a period, by what became of them."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col

from services.membership import rules as moments
from services.membership.models import THE_COMMUNITY, Promise
from services.membership.promises import rules
from services.membership.promises.rules import PromiseState
from shared.identity import Actor
from shared.problems import Unprocessable
from shared.route import Day, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["promises"])


class PromiseSummary(View):
    """How the promises due from `since` to `until` (exclusive) were kept.

    n = kept + kept_late + late + broken: those of them that are decided or late. Released and superseded
    ones are out, as are those whose time has not come; apologised ones are broken.
    kept_rate = kept / n, late_rate = (kept_late + late) / n, broken_rate = broken / n; null for n = 0.
    """

    since: date
    until: date
    n: int
    kept: int
    kept_late: int
    late: int
    broken: int
    open: int
    released: int
    superseded: int
    kept_rate: float | None
    late_rate: float | None
    broken_rate: float | None


class PeriodNotPossible(Unprocessable):
    """`from` lies before `to`, by two years at most."""

    title = "No such period"


_DUE = Promise.__table__.c.due_at.type  # type: ignore[attr-defined]
COUNTS = constant(
    sa.select(col(Promise.state), sa.func.count().label("n"))
    .where(
        scope(Promise),
        col(Promise.due_at) >= sa.bindparam("since", type_=_DUE),
        col(Promise.due_at) < sa.bindparam("until", type_=_DUE),
    )
    .group_by(col(Promise.state))
)


async def summarise(tx: Tx, _actor: Actor, since: date, until: date) -> PromiseSummary:
    """The promises of a period by state, days as the community's time zone has them."""
    if not 0 < (until - since).days <= rules.SUMMARY_DAYS_MAX:
        raise PeriodNotPossible
    community = await tx.one(THE_COMMUNITY)
    zone = ZoneInfo(community.timezone)
    rows: list[Any] = await tx.all(COUNTS, {"since": _midnight(since, zone), "until": _midnight(until, zone)})
    found = {row.state: row.n for row in rows}
    counts = {state.value: found.get(state, 0) for state in PromiseState}
    counts["broken"] += counts.pop("apologised")
    late = counts["late"] + counts["kept_late"]
    n = counts["kept"] + late + counts["broken"]
    return PromiseSummary(
        **counts,
        since=since,
        until=until,
        n=n,
        kept_rate=rules.rate(counts["kept"], n),
        late_rate=rules.rate(late, n),
        broken_rate=rules.rate(counts["broken"], n),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return moments.moment(datetime.combine(day, time.min, tzinfo=zone))


@router.get("/v1/communities/{community_id}/promises/summary", allows="promise.summary")
async def get_promise_summary(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    since: Annotated[Day, Query(alias="from")],
    until: Annotated[Day, Query(alias="to")],
) -> PromiseSummary:
    return await read(summarise, since, until)

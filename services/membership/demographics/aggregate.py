"""Tell of groups: GET /demographics/aggregate -> what was counted when the period of 30 days began."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, select

from services.membership.demographics import rules
from services.membership.demographics.dimensions import options_of
from services.membership.demographics.models import DemographicSnapshot
from services.membership.demographics.rules import Segment
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["demographics"])

SegmentAsked = Literal["all", "leaders", "contributors", "members"]
DimensionAsked = Annotated[str, Query(alias="dim", max_length=40, description="the key of a dimension")]


class AnswerCount(View):
    """`count` is a multiple of `k`, rounded down; null where nothing is told."""

    option: str
    count: int | None


class AggregateView(View):
    """How many had answered what at `as_of`; the same until `next_at`.

    `as_of` is null while nothing is told: that somebody has answered at all is nobody's business.
    """

    dimension: str
    segment: str
    k: int
    as_of: datetime | None
    next_at: datetime
    answers: list[AnswerCount]


async def aggregate(tx: Tx, _actor: Actor, dimension: str, segment: str) -> AggregateView:
    """The figures told of a dimension, in one segment or in all of them together."""
    options = (await options_of(tx)).get(dimension)
    if options is None:
        raise NotFound
    snapshot = await tx.first(SNAPSHOT, {"dimension": dimension})
    told: dict[str, Any] = snapshot.told if snapshot is not None else dict.fromkeys(Segment)
    row = rules.together(told.values(), options) if segment == "all" else told.get(segment)
    as_of = rules.begin_of(snapshot.period) if snapshot is not None and any(told.values()) else None
    return AggregateView(
        dimension=dimension,
        segment=segment,
        k=rules.K,
        as_of=as_of,
        next_at=rules.begin_of(rules.period_of(tx.now) + 1),
        answers=[AnswerCount(option=each, count=(row[each] or None) if row else None) for each in options],
    )


SNAPSHOT = constant(
    select(DemographicSnapshot).where(
        scope(DemographicSnapshot), col(DemographicSnapshot.dimension) == sa.bindparam("dimension")
    )
)


@router.get("/v1/communities/{community_id}/demographics/aggregate", allows="demographics.read")
async def get_aggregate(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    dimension: DimensionAsked,
    segment: SegmentAsked = "all",
) -> AggregateView:
    return await read(aggregate, dimension, segment)

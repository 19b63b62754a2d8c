"""Demand: GET /demand -> distinct people who want the community -> DemandThresholdReached per crossing."""

from functools import partial
from uuid import UUID

from services.membership.communities import rules
from services.membership.communities.wishes import BY_SOURCE, UNSETTLED
from services.membership.models import HOLD_COMMUNITY, THE_COMMUNITY, Community
from shared.contracts.membership import DemandThresholdReached
from shared.identity import Actor, service_actor
from shared.jobs import Jobs
from shared.route import Read, Router, View
from shared.store import Context, Store, Tx

router = Router(tags=["communities"])
jobs = Jobs()

RECOUNT_SECONDS = 30.0


class BySource(View):
    """How many said so themselves, and how many only in a survey."""

    explicit: int
    survey: int


class DemandView(View):
    """How many people want the community, and how many more it takes."""

    threshold: int
    interested: int
    reached: bool
    missing: int
    by_source: BySource


async def counted(tx: Tx, community: Community) -> DemandView:
    """The demand as it is."""
    people = await tx.one(BY_SOURCE)
    return DemandView(
        threshold=community.demand_threshold,
        interested=people.interested,
        reached=rules.is_reached(people.interested, community.demand_threshold),
        missing=rules.missing(people.interested, community.demand_threshold),
        by_source=BySource(explicit=people.explicit, survey=people.interested - people.explicit),
    )


async def settle(tx: Tx, community_id: UUID) -> DemandView:
    """Hold the community, count, and tell when its demand has reached the threshold since the last time.

    Called before and after whatever changes the count: all who do so wait for one another here, so that no
    crossing is told twice or goes unseen.
    """
    community = await tx.one(HOLD_COMMUNITY)
    demand = await counted(tx, community)
    crossed = rules.crossing(
        demand.interested, demand.threshold, was_reached=community.demand_reached_at is not None
    )
    if crossed:
        await tx.lock(Community, community_id, demand_reached_at=tx.now)
        tx.publish(DemandThresholdReached(community_id=community_id, interested_count=demand.interested))
    elif crossed is False:
        await tx.update(Community, community_id, demand_reached_at=None)
    return demand


@jobs.every(seconds=RECOUNT_SECONDS)
async def recount(store: Store) -> None:
    """Settle what changed because members left, came back or were merged."""
    for row in await store.read(_unsettled, Context(), long=True):
        context = Context(actor=service_actor("membership"), community_id=row.id)
        await store.write(partial(settle, community_id=row.id), context)


async def _unsettled(tx: Tx) -> list[Community]:
    return await tx.all(UNSETTLED)


async def demand_of(tx: Tx, _actor: Actor) -> DemandView:
    """The demand of the request's community."""
    return await counted(tx, await tx.one(THE_COMMUNITY))


@router.get("/v1/communities/{community_id}/demand", allows="demand.read")
async def get_demand(community_id: UUID, read: Read) -> DemandView:  # noqa: ARG001 - the tenant of the read
    return await read(demand_of)

"""Start a community: POST /activate -> what starting takes, or a recorded override -> CommunityActivated."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.communities import rules
from services.membership.communities.demand import settle
from services.membership.communities.describe import CommunityView
from services.membership.communities.lifecycle import require, run
from services.membership.communities.rules import CommunityVerb
from services.membership.models import HOLD_COMMUNITY, Community
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["communities"])


class Override(Command):
    """The decision to start without enough demand, by its reference, and why."""

    decision_ref: Annotated[
        str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/#-]*$")
    ]
    reason: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]


class ActivateCommunity(Command):
    """How to start; an override that is not needed is not recorded."""

    override: Override | None = None


PLAINLY = ActivateCommunity()


class DemandNotReached(Conflict):
    """There is no community of one: `missing` more people have to want it, or a decision overrides."""

    title = "Too few people want this community"


async def _enough_demand(tx: Tx, community: Community, command: ActivateCommunity) -> None:
    """A community of interest starts with enough people who want it, or by a decision."""
    if not rules.has_to_gather(community.kind):
        return
    demand = await settle(tx, community.id)
    if demand.reached:
        return
    if command.override is None:
        raise DemandNotReached(
            threshold=demand.threshold, interested=demand.interested, missing=demand.missing
        )
    recorded = command.override.model_dump() | {"decided_by": tx.actor.id, "decided_at": tx.now.isoformat()}
    await tx.update(Community, community.id, activation_override=recorded)
    tx.audit("community.override_demand", community.id, reason=command.override.decision_ref)


Gate = Callable[[Tx, Community, ActivateCommunity], Awaitable[None]]
GATES: tuple[Gate, ...] = (_enough_demand,)
"""What a community has to have before it starts; each refuses by a problem of its own."""


async def activate(tx: Tx, actor: Actor, community_id: UUID, command: ActivateCommunity) -> Community:
    """Start the community once it passes every gate; a state that cannot start is told before any gate."""
    community = await tx.one(HOLD_COMMUNITY)
    require(CommunityVerb.ACTIVATE, community, tx.now)
    for gate in GATES:
        await gate(tx, community, command)
    return await run(tx, actor, community_id, CommunityVerb.ACTIVATE)


@router.post("/v1/communities/{community_id}/activate", allows="community.run")
async def post_activate(
    community_id: UUID, write: Write, command: ActivateCommunity = PLAINLY
) -> CommunityView:
    return await write(activate, community_id, command)

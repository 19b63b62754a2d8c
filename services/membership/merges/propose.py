"""Propose and reject merges: POST /merges, POST /merges/{id}/reject -> two members who may be one person."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from services.membership.merges import rules
from services.membership.merges.find import HOLD_MERGE, MergeView, view_of
from services.membership.merges.pairs import (
    OPEN,
    CyclicMerge,
    SelfMerge,
    hold,
    require_authority,
    require_mergeable,
)
from services.membership.merges.rules import MergeState, MergeVerb
from services.membership.models import HOLD_COMMUNITY, Merge
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition
from shared.route import Command, Router, Write
from shared.store import Tx, constant

router = Router(tags=["merges"])


KEEP: Any = constant(sa.insert(Merge))
"""Without the facts a versioned row is else inserted with: those about merges are the members'."""


class ProposeMerge(Command):
    """Who stands for both from then on, who goes over, and why they are thought to be one person."""

    survivor_id: UUID
    merged_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class MergeProposed(Conflict):
    """The merge `merge_id` waits to be applied or rejected."""

    title = "Merge already proposed"


async def propose(tx: Tx, actor: Actor, community_id: UUID, command: ProposeMerge) -> MergeView:
    """Note that two members are one person; nothing changes for them yet."""
    if command.survivor_id == command.merged_id:
        raise SelfMerge
    await tx.one(HOLD_COMMUNITY)
    pair = await hold(tx, command.survivor_id, command.merged_id)
    await require_mergeable(tx, pair)
    require_authority(actor, pair.survivor.roles, pair.merged.roles)
    for known in await tx.all(OPEN, {"one": command.survivor_id, "other": command.merged_id}):
        problem = MergeProposed if known.survivor_id == command.survivor_id else CyclicMerge
        raise problem(merge_id=str(known.id))
    merge = Merge(
        community_id=community_id,
        survivor_id=command.survivor_id,
        merged_id=command.merged_id,
        state=MergeState.PROPOSED,
        reason=command.reason,
        proposed_by=actor.id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.execute(KEEP, merge.__dict__)
    tx.audit("merge.propose", merge.id)
    return view_of(merge)


async def held_for(tx: Tx, merge_id: UUID, verb: MergeVerb) -> Merge:
    """The merge, locked, with the community before it; `InvalidTransition` when the verb is not possible."""
    await tx.one(HOLD_COMMUNITY)
    merge = await tx.one(HOLD_MERGE, {"merge_id": merge_id})
    allowed = rules.merge_verbs(merge.state)
    if verb not in allowed:
        raise InvalidTransition(state=merge.state.value, allowed=[each.value for each in allowed])
    return merge


async def reject(tx: Tx, _actor: Actor, _community_id: UUID, merge_id: UUID) -> MergeView:
    """Say that the two are not one person; they are not suggested again."""
    merge = await held_for(tx, merge_id, MergeVerb.REJECT)
    rejected = await tx.update(
        Merge, merge_id, state=MergeState.REJECTED, updated_at=tx.now, version=merge.version + 1
    )
    tx.audit("merge.reject", merge_id)
    return view_of(rejected)


@router.post("/v1/communities/{community_id}/merges", status_code=201, allows="merge.manage")
async def post_merge(community_id: UUID, command: ProposeMerge, write: Write) -> MergeView:
    return await write(propose, community_id, command)


@router.post("/v1/communities/{community_id}/merges/{merge_id}/reject", allows="merge.manage")
async def post_reject(community_id: UUID, merge_id: UUID, write: Write) -> MergeView:
    return await write(reject, community_id, merge_id)

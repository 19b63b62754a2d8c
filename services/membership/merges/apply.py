"""Apply a merge: POST /merges/{id}/apply -> everything goes over -> IdentityLinked, MergeApplied.

The merged member stays as a row that says who stands for them: nobody acts as them, they hold nothing, and
are listed only when asked for. Whoever signs in as them is the survivor. A suspension or ban is inherited.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.rules import MemberState
from services.membership.merges import rules
from services.membership.merges.find import MergeView, view_of
from services.membership.merges.moves import inherit_sanctions, move
from services.membership.merges.pairs import (
    has_owner,
    hold,
    require_authority,
    require_mergeable,
    require_owner,
)
from services.membership.merges.propose import held_for
from services.membership.merges.rules import MergeState, MergeVerb
from services.membership.models import Member, Merge
from shared.contracts.membership import MergeApplied
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["merges"])

LATEST = constant(
    select(Merge)
    .where(
        scope(Merge),
        col(Merge.survivor_id) == sa.bindparam("survivor_id"),
        col(Merge.state) == MergeState.APPLIED,
    )
    .order_by(col(Merge.reversible_until).desc())
    .limit(1)
)
"""The merge applied last to this survivor."""


async def apply(tx: Tx, actor: Actor, community_id: UUID, merge_id: UUID) -> MergeView:
    """Have the survivor stand for both."""
    merge = await held_for(tx, merge_id, MergeVerb.APPLY)
    pair = await hold(tx, merge.survivor_id, merge.merged_id)
    await require_mergeable(tx, pair)
    require_authority(actor, pair.survivor.roles, pair.merged.roles)
    owned = await has_owner(tx)
    moved = {"state": pair.merged.state.value} | await move(tx, pair)
    await tx.lock(Member, merge.merged_id, state=MemberState.MERGED, merged_into=merge.survivor_id)
    tx.publish(
        MergeApplied(
            community_id=community_id,
            merge_id=merge_id,
            merged_id=merge.merged_id,
            survivor_id=merge.survivor_id,
        )
    )
    moved |= await inherit_sanctions(tx, pair)
    await require_owner(tx, before=owned)
    before = await tx.first(LATEST, {"survivor_id": merge.survivor_id})
    applied = await tx.update(
        Merge,
        merge_id,
        state=MergeState.APPLIED,
        moved=moved,
        reversible_until=rules.reversible_until(tx.now, before.reversible_until if before else None),
        updated_at=tx.now,
        version=merge.version + 1,
    )
    tx.audit("merge.apply", merge_id)
    return view_of(applied)


@router.post("/v1/communities/{community_id}/merges/{merge_id}/apply", allows="merge.manage")
async def post_apply(community_id: UUID, merge_id: UUID, write: Write) -> MergeView:
    return await write(apply, community_id, merge_id)

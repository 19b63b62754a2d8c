"""Undo a merge: POST /merges/{id}/revert -> each has theirs again -> IdentityLinked, MergeReverted.

Within 180 days, and of several merges into one survivor the latest first: then each finds what it left.
Exactly what went over comes back, whatever either profile says by now. What the survivor was given after the
merge stays with the survivor; what was taken from the survivor meanwhile (a role revoked, a group left, an
identity unlinked, something that ran out) comes back to neither. A sanction that ended meanwhile has ended
for the merged member too, and one imposed meanwhile stays with the survivor.
"""

from uuid import UUID

from services.membership.members.rules import MemberState
from services.membership.merges.apply import LATEST
from services.membership.merges.find import MergeView, view_of
from services.membership.merges.moves import give_back, give_sanctions_back, settle_merged
from services.membership.merges.pairs import (
    MergedAlready,
    NotMergeable,
    Pair,
    has_owner,
    hold,
    require_authority,
    require_owner,
)
from services.membership.merges.propose import held_for
from services.membership.merges.rules import MergeState, MergeVerb
from services.membership.models import Member, Merge
from shared.contracts.membership import MergeReverted
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["merges"])


class MergeIsFinal(Conflict):
    """A merge is undone within 180 days."""

    title = "The merge can no longer be undone"


class LaterMergeFirst(Conflict):
    """The merge `merge_id` into the same survivor came later: undo that one first."""

    title = "A later merge has to be undone first"


async def revert(tx: Tx, actor: Actor, community_id: UUID, merge_id: UUID) -> MergeView:
    """Give the merged member everything back."""
    merge = await held_for(tx, merge_id, MergeVerb.REVERT)
    if merge.reversible_until is None or merge.reversible_until < tx.now:
        raise MergeIsFinal
    pair = await hold(tx, merge.survivor_id, merge.merged_id)
    await _require_last(tx, merge, pair)
    require_authority(actor, pair.survivor.roles, _roles_in(merge))
    owned = await has_owner(tx)
    await tx.lock(Member, merge.merged_id, state=MemberState(merge.moved["state"]), merged_into=None)
    tx.publish(
        MergeReverted(
            community_id=community_id,
            merge_id=merge_id,
            merged_id=merge.merged_id,
            survivor_id=merge.survivor_id,
        )
    )
    await give_sanctions_back(tx, pair, merge.moved)
    await give_back(tx, pair, merge.moved)
    await settle_merged(tx, merge.merged_id)
    await require_owner(tx, before=owned)
    reverted = await tx.update(
        Merge, merge_id, state=MergeState.REVERTED, updated_at=tx.now, version=merge.version + 1
    )
    tx.audit("merge.revert", merge_id)
    return view_of(reverted)


async def _require_last(tx: Tx, merge: Merge, pair: Pair) -> None:
    """Raise unless the two are as this merge left them, with no later one on top."""
    if pair.survivor.state is MemberState.MERGED:
        raise MergedAlready(member_id=str(pair.survivor.id), merged_into=str(pair.survivor.merged_into))
    latest = await tx.one(LATEST, {"survivor_id": merge.survivor_id})
    if latest.id != merge.id:
        raise LaterMergeFirst(merge_id=str(latest.id))
    for each in (pair.survivor, pair.merged):
        if each.state is MemberState.ERASED:
            raise NotMergeable(member_id=str(each.id), state=each.state.value)


def _roles_in(merge: Merge) -> list[str]:
    """The roles that would come back."""
    given = [entry["row"]["role"] for entry in merge.moved["roles"]]
    return given + [row["role"] for row in merge.moved["roles_lost"]]


@router.post("/v1/communities/{community_id}/merges/{merge_id}/revert", allows="merge.manage")
async def post_revert(community_id: UUID, merge_id: UUID, write: Write) -> MergeView:
    return await write(revert, community_id, merge_id)

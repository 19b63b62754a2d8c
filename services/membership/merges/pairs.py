"""The two members of a merge, held until commit, and what stands against making them one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.rules import MemberState
from services.membership.merges.rules import MERGEABLE, SURVIVORS, MergeState
from services.membership.models import HOLD_MEMBER, THE_MEMBER, Member, Merge
from services.membership.roles import rules as role_rules
from services.membership.roles.grant import OTHER_OWNER, LastOwner
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, Unprocessable
from shared.store import Tx, constant, scope


class SelfMerge(Unprocessable):
    title = "Nobody is merged with themselves"


class CyclicMerge(Conflict):
    """One of the two stands for the other already, or is about to by the merge `merge_id`."""

    title = "The members are merged the other way round"


class MergedAlready(Conflict):
    """A merged member is a part of `merged_into`: merge that one, or undo the merge."""

    title = "One of the members is merged already"


class NotMergeable(Conflict):
    """Members are merged, active, suspended or banned ones with others, also those who left."""

    title = "The members cannot be merged as they are"


class MemberTooHigh(Forbidden):
    """Nobody merges members at or above their own level, except owners."""

    title = "Member at or above your own level"


@dataclass(frozen=True)
class Pair:
    """The two as they were when they were locked."""

    survivor: Member
    merged: Member

    @property
    def community_id(self) -> UUID:
        return self.survivor.community_id


async def hold(tx: Tx, survivor_id: UUID, merged_id: UUID) -> Pair:
    """The two members, locked in an order of their own; the caller holds the community."""
    rows = {}
    for member_id in sorted((survivor_id, merged_id)):
        rows[member_id] = await tx.one(HOLD_MEMBER, {"member_id": member_id})
    return Pair(rows[survivor_id], rows[merged_id])


async def require_mergeable(tx: Tx, pair: Pair) -> None:
    """Raise unless one of the two can stand for the other as things are."""
    survivor, merged = pair.survivor, pair.merged
    if await _stands_for(tx, merged.id, survivor):
        raise CyclicMerge
    for each in (survivor, merged):
        if each.state is MemberState.MERGED:
            raise MergedAlready(member_id=str(each.id), merged_into=str(each.merged_into))
    for each, states in ((survivor, SURVIVORS), (merged, MERGEABLE)):
        if each.state not in states:
            raise NotMergeable(member_id=str(each.id), state=each.state.value)


async def _stands_for(tx: Tx, member_id: UUID, member: Member) -> bool:
    """Whether `member` was merged into that member, at once or over others."""
    while member.state is MemberState.MERGED and member.merged_into is not None:
        if member.merged_into == member_id:
            return True
        member = await tx.one(THE_MEMBER, {"member_id": member.merged_into})
    return False


def require_authority(actor: Actor, *roles: list[str]) -> None:
    """Raise unless the caller may act for holders of each of these sets of roles.

    What one may manage one may also grant: so no merge gives anybody more than its caller could.
    """
    authority = role_rules.authority(actor.level, scoped_key=actor.scopes is not None)
    if not all(role_rules.may_manage(authority, held) for held in roles):
        raise MemberTooHigh


async def has_owner(tx: Tx) -> bool:
    """Whether an active member owns the community; one that a key founded may have none."""
    return await tx.first(OTHER_OWNER, {"member_id": UUID(int=0)}) is not None


async def require_owner(tx: Tx, *, before: bool) -> None:
    """Raise `LastOwner` when there was an active owner before and there is none now."""
    if before and not await has_owner(tx):
        raise LastOwner


_OPEN: Any = select(Merge).where(
    scope(Merge),
    col(Merge.state) == MergeState.PROPOSED,
    sa.or_(
        sa.and_(col(Merge.merged_id) == sa.bindparam("one"), col(Merge.survivor_id) == sa.bindparam("other")),
        sa.and_(col(Merge.merged_id) == sa.bindparam("other"), col(Merge.survivor_id) == sa.bindparam("one")),
    ),
)
OPEN = constant(_OPEN.order_by(col(Merge.id)))
"""What was proposed for these two, either way round, and neither applied nor rejected."""

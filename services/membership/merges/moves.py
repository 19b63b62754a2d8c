"""Everything that goes over in a merge, and how it comes back: identities, grants, references, sanctions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.identities.rules import IdentityState
from services.membership.members.rules import MemberState
from services.membership.members.standing import settle
from services.membership.merges import rules
from services.membership.merges.blocks import BLOCKS
from services.membership.merges.grants import FUNCTIONS, GROUPS, ROLES, Entries, Grants, Turnover, kept
from services.membership.merges.pairs import Pair
from services.membership.merges.references import REFERENCES
from services.membership.models import THE_MEMBER, Group, Identity, Member, Sanction
from shared.contracts.membership import (
    FunctionGranted,
    FunctionRevoked,
    GroupMemberAdded,
    GroupMemberRemoved,
    IdentityLinked,
    RoleGranted,
    RoleRevoked,
)
from shared.contracts.membership.members import MemberFact
from shared.facts import Fact
from shared.store import Tx, constant, scope

_OF: Any = sa.bindparam("member_id")
IDENTITIES = constant(
    select(Identity)
    .where(scope(Identity), col(Identity.member_id) == _OF, col(Identity.state) == IdentityState.LINKED)
    .order_by(col(Identity.id))
)
SANCTIONS = constant(
    select(Sanction)
    .where(scope(Sanction), col(Sanction.member_id) == _OF, col(Sanction.ended_at).is_(None))
    .order_by(col(Sanction.id))
)
SANCTION = constant(select(Sanction).where(scope(Sanction), col(Sanction.id) == sa.bindparam("id")))


async def move(tx: Tx, pair: Pair) -> dict[str, Any]:
    """Hand over everything; what that was."""
    moved: dict[str, Any] = {"identities": await _move_identities(tx, pair)}
    for name, grants in GRANTS.items():
        moved[name], turnover = await grants.move(tx, pair)
        await _tell(tx, pair, grants, turnover)
    for reference in (*BLOCKS, *REFERENCES):
        moved[reference.name] = await reference.move(tx, pair)
    return moved


async def give_back(tx: Tx, pair: Pair, moved: dict[str, Any]) -> None:
    """Undo `move`, last things first."""
    for reference in reversed((*BLOCKS, *REFERENCES)):
        await reference.give_back(tx, pair, moved.get(reference.name, []))
    for name, grants in reversed(GRANTS.items()):
        await _tell(tx, pair, grants, await grants.give_back(tx, pair, moved[name]))
    await _give_identities_back(tx, pair, moved["identities"])


# Identities ---------------------------------------------------------------------------------------------


async def _move_identities(tx: Tx, pair: Pair) -> Entries:
    """Link what is the merged member's to the survivor; verified stays verified."""
    entries: Entries = []
    for identity in await tx.all(IDENTITIES, {"member_id": pair.merged.id}):
        await _relink(tx, identity, pair.survivor.id)
        entries.append(kept(identity, "id", "linked_at"))
    return entries


async def _give_identities_back(tx: Tx, pair: Pair, entries: Entries) -> None:
    """Those that are still linked as they were; one linked anew meanwhile stays the survivor's."""
    rows = await tx.all(IDENTITIES, {"member_id": pair.survivor.id})
    mine = {str(row.id): row for row in rows}
    for entry in entries:
        identity = mine.get(entry["id"])
        if identity is not None and kept(identity, "id", "linked_at") == entry:
            await _relink(tx, identity, pair.merged.id)


async def _relink(tx: Tx, identity: Identity, member_id: UUID) -> None:
    await tx.lock(Identity, identity.id, member_id=member_id)
    tx.publish(
        IdentityLinked(
            community_id=identity.community_id,
            identity_id=identity.id,
            member_id=member_id,
            provider=identity.provider,
        )
    )


# Grants -------------------------------------------------------------------------------------------------

GRANTS = {"roles": ROLES, "functions": FUNCTIONS, "groups": GROUPS}


async def _tell(tx: Tx, pair: Pair, grants: Grants, turnover: Turnover) -> None:
    """Publish who got and lost what, and keep the roles members are read with in line."""
    for member, got, lost in (
        (pair.merged, turnover.merged_got, turnover.merged_lost),
        (pair.survivor, turnover.survivor_got, turnover.survivor_lost),
    ):
        if grants is GROUPS:
            await _tell_groups(tx, member, got, lost)
        else:
            await tell_member(tx, member, grants, got, lost)


async def tell_member(
    tx: Tx, member: Member, grants: Grants, got: Sequence[Any], lost: Sequence[Any]
) -> None:
    """Facts about roles or functions a member has got or lost."""
    if not got and not lost:
        return
    changes: dict[str, Any] = {}
    if grants is ROLES:
        before = await tx.one(THE_MEMBER, {"member_id": member.id})
        held = (set(before.roles) - {row.role.value for row in lost}) | {row.role.value for row in got}
        changes = {"roles": sorted(held)}
    await tx.lock(Member, member.id, facts=len(got) + len(lost), **changes)
    for rows, given in ((lost, False), (got, True)):
        for row in rows:
            tx.publish(_fact(member, grants, row, given=given))


def _fact(member: Member, grants: Grants, row: Any, *, given: bool) -> MemberFact:
    of: dict[str, Any] = {"community_id": member.community_id, "member_id": member.id}
    if grants is ROLES:
        return (RoleGranted if given else RoleRevoked)(**of, role=row.role.value)
    return (FunctionGranted if given else FunctionRevoked)(**of, function=row.function.value)


async def _tell_groups(tx: Tx, member: Member, got: Sequence[Any], lost: Sequence[Any]) -> None:
    facts: list[tuple[UUID, Fact]] = []
    for rows, told in ((lost, GroupMemberRemoved), (got, GroupMemberAdded)):
        for row in rows:
            of = {"community_id": member.community_id, "group_id": row.group_id, "member_id": member.id}
            more = {"function": row.function.value} if told is GroupMemberAdded else {}
            facts.append((row.group_id, told.model_validate(of | more)))
    for group_id, fact in sorted(facts, key=lambda each: each[0]):
        await tx.lock(Group, group_id)
        tx.publish(fact)


# Sanctions ----------------------------------------------------------------------------------------------


async def inherit_sanctions(tx: Tx, pair: Pair) -> dict[str, Any]:
    """Put what is in force against the merged member into force against the survivor.

    A ban takes every role away: those of the survivor are noted, to come back with an undone merge.
    """
    sanctions = await tx.all(SANCTIONS, {"member_id": pair.merged.id})
    for each in sanctions:
        await tx.update(Sanction, each.id, member_id=pair.survivor.id)
    before = await ROLES.of(tx, pair.survivor.id)
    after = (await settle(tx, pair.survivor.id)).roles if sanctions else list(before)
    lost = [kept(row) for role, row in before.items() if role not in after]
    return {"sanctions": [str(each.id) for each in sanctions], "roles_lost": lost}


async def give_sanctions_back(tx: Tx, pair: Pair, moved: dict[str, Any]) -> None:
    """Return what was inherited, in force or over; sanctions imposed meanwhile stay with the survivor."""
    returned = 0
    for id_ in moved["sanctions"]:
        sanction = await tx.first(SANCTION, {"id": UUID(id_)})
        if sanction is not None and sanction.member_id == pair.survivor.id:
            await tx.update(Sanction, sanction.id, member_id=pair.merged.id)
            returned += 1
    survivor = await settle(tx, pair.survivor.id) if returned else pair.survivor
    if survivor.state not in rules.HOLDERS:
        return
    held = await ROLES.of(tx, survivor.id)
    rows = [row for row in ROLES.read(moved["roles_lost"]) if row.role not in held]
    again = [row for row in rows if not rules.is_over(row.expires_at, tx.now)]
    for row in again:
        await ROLES.put(tx, survivor.id, row)
    await tell_member(tx, survivor, ROLES, again, [])


async def settle_merged(tx: Tx, member_id: UUID) -> None:
    """Bring a member who is one again in line with what is in force against them now."""
    if (await tx.one(THE_MEMBER, {"member_id": member_id})).state is not MemberState.LEFT:
        await settle(tx, member_id)

"""Who is in a group: users named by an identity provider -> rows added and removed, each with its fact."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities.sealing import sealer_of
from services.membership.groups.rules import GroupFunction
from services.membership.models import GroupMember, Member
from services.membership.scim import rules
from services.membership.scim.filters import Compare
from services.membership.scim.finding import digest_of_external
from services.membership.scim.group_resources import BELONGING, place_of
from services.membership.scim.models import ScimGroup, users_joined
from services.membership.scim.patch import Operation, Path, expanded, path_of
from services.membership.scim.refusals import InvalidValue, TooMany
from services.membership.scim.schemas import GROUPS, USERS
from services.membership.scim.user_resources import IS_USER
from shared.contracts.membership import GroupMemberAdded, GroupMemberRemoved
from shared.store import Tx, constant, scope

REMOVE = constant(
    sa.delete(GroupMember).where(
        scope(GroupMember),
        col(GroupMember.group_id) == sa.bindparam("_group_id"),
        col(GroupMember.member_id) == sa.bindparam("_member_id"),
    )
)


def named(members: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """The users these values of `members` name."""
    if any(each.get("type", USERS.name).lower() != USERS.name.lower() for each in members):
        raise InvalidValue("a group's members are users")
    try:
        return {UUID(each["value"]) for each in members}
    except (KeyError, ValueError) as error:
        raise InvalidValue("a member's value is the id of a user") from error


def touched(operations: Sequence[Operation]) -> set[UUID] | None:
    """The users a patch adds or removes by id; None when it takes all members to know what it means.

    Bounded, for each operation walks over the members it is about.
    """
    found: set[UUID] = set()
    walks = named = 0
    for operation in expanded(operations, GROUPS):
        path = path_of(operation.path or "", GROUPS)
        if not isinstance(path, Path) or path.attribute.name != "members":
            continue
        named += len(operation.value) if isinstance(operation.value, list) else 1
        ids = _touched_by(operation, path)
        walks += ids is None
        found |= ids or set()
    if named > rules.MEMBERS_AT_ONCE:
        raise InvalidValue(f"one request names at most {rules.MEMBERS_AT_ONCE} members")
    if walks > rules.WALKS:
        raise TooMany(f"at most {rules.WALKS} operations concern all members")
    return None if walks else found


def _touched_by(operation: Operation, path: Path) -> set[UUID] | None:
    match path.where:
        case Compare(name=name, op="eq", value=str() as text) if name.lower() == "value":
            pass
        case None if operation.op in ("add", "remove") and isinstance(operation.value, list):
            return {id_ for each in operation.value for id_ in _ids(each)}
        case _:
            return None
    return set(_ids({"value": text})) if path.part is None and operation.op == "remove" else None


def _ids(value: Any) -> list[UUID]:
    try:
        return [UUID(value["value"])]
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


async def members_of(tx: Tx, group_id: UUID, among: Collection[UUID] | None) -> set[UUID]:
    """The members of the group, those `among` these if given."""
    statement = BELONGING.where(col(GroupMember.group_id) == group_id)
    if among is not None:
        statement = statement.where(col(Member.id).in_(among))
    rows = await tx.all(statement.limit(rules.MEMBERS_SHOWN + 1)) if among != set() else []
    if len(rows) > rules.MEMBERS_SHOWN:
        raise TooMany("name the members to add or remove")
    return {row.id for row in rows}


async def require_users(tx: Tx, ids: Collection[UUID]) -> None:
    """Raise unless all of these are users."""
    if not ids:
        return
    known = await tx.all(users_joined(sa.select(col(Member.id))).where(IS_USER, col(Member.id).in_(ids)))
    missing = set(ids) - {row.id for row in known}
    if missing:
        raise InvalidValue(f"no such user: {min(missing)}")


async def put_members(
    tx: Tx, by: str, community_id: UUID, group_id: UUID, added: Collection[UUID], removed: Collection[UUID]
) -> None:
    """Add and remove; the group is locked with as many facts."""
    await tx.insert(
        [
            GroupMember(
                community_id=community_id,
                group_id=group_id,
                member_id=member_id,
                function=GroupFunction.MEMBER,
                added_by=by,
                added_at=tx.now,
            )
            for member_id in sorted(added)
        ]
    )
    gone = [{"_group_id": group_id, "_member_id": member_id} for member_id in sorted(removed)]
    await tx.execute(REMOVE, gone)
    for member_id in sorted(added):
        tx.publish(
            GroupMemberAdded(
                community_id=community_id, group_id=group_id, member_id=member_id, function="member"
            )
        )
    for member_id in sorted(removed):
        tx.publish(GroupMemberRemoved(community_id=community_id, group_id=group_id, member_id=member_id))


async def keep_group(tx: Tx, community_id: UUID, group_id: UUID, document: Mapping[str, Any]) -> None:
    """Store what has no column of ours, sealed."""
    own = {name: value for name, value in document.items() if name not in ("displayName", "members")}
    sealer = await sealer_of(tx)
    external = document.get("externalId")
    changes = {
        "external_digest": digest_of_external(sealer, external) if external else None,
        "attributes": sealer.seal(json.dumps(own, ensure_ascii=False), about=place_of(group_id)),
    }
    put = tx.upsert(ScimGroup).on_conflict_do_update(
        index_elements=["community_id", "group_id"], set_=changes
    )
    await tx.execute(put, {"community_id": community_id, "group_id": group_id, **changes})

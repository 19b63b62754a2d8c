"""Which users or groups a filter means: conditions in -> SQL on indexed columns, anything else is refused."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.sealing import known_sealer
from services.membership.members import names
from services.membership.members.rules import MemberState
from services.membership.models import Group, GroupMember, Member
from services.membership.scim.documents import moment_of
from services.membership.scim.filters import Compare, Condition, Junction, Within, holds, named_in, parsed
from services.membership.scim.models import ScimEmail, ScimGroup, ScimUser, users_joined
from services.membership.scim.refusals import InvalidFilter
from services.membership.scim.rules import Resource
from services.membership.scim.schemas import GROUPS, USERS
from services.membership.scim.user_resources import USER_ROWS, own_document
from shared.store import Tx, scope
from shared.vault import Sealer

Clause = sa.ColumnElement[bool]
Leaf = Callable[[Tx, Sealer | None, str, Any], Awaitable[Clause]]
MOST_FOUND = 1000
"""Resources one comparison by a digest may find."""
MOST_UNSEALED = 100
"""Resources one comparison may look into."""
_VALUE = ("value", "eq")
_PARTS_OF_EMAILS = {"value", "display", "type", "primary"}


def digest_of_external(sealer: Sealer, external_id: str) -> str:
    """The digest of an externalId, whose case matters (RFC 7643 section 3.1)."""
    return sealer.digest(f"externalId:{external_id.encode().hex()}")


async def clause_of(tx: Tx, text: str | None, resource: Resource) -> Clause:
    """What the filter means for the resource's table; without one, everything."""
    if text is None:
        return sa.true()
    return await _clause(tx, await known_sealer(tx), parsed(text), resource)


async def _clause(tx: Tx, sealer: Sealer | None, condition: Condition, resource: Resource) -> Clause:
    match condition:
        case Junction(op=op, parts=parts):
            clauses = [await _clause(tx, sealer, part, resource) for part in parts]
            return sa.and_(*clauses) if op == "and" else sa.or_(*clauses)
        case Within(name=name, inner=Compare(name=part, op=op, value=value)):
            return await _compared(tx, sealer, Compare(f"{name}.{part}", op, value), resource)
        case Compare():
            return await _compared(tx, sealer, condition, resource)
        case Within(name=name, inner=inner) if name.lower() == "emails" and resource is USERS:
            return await _user_email_within(tx, sealer, inner)
        case _:
            raise InvalidFilter("not, and several conditions on one value, are not offered")


async def _compared(tx: Tx, sealer: Sealer | None, compare: Compare, resource: Resource) -> Clause:
    name = compare.name.lower().removeprefix(resource.schema.id.lower() + ":")
    leaf = _LEAVES[resource.name].get((name, compare.op))
    if leaf is None:
        raise InvalidFilter(f"{compare.name[:80]} {compare.op} is not offered")
    return await leaf(tx, sealer, compare.op, compare.value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidFilter("the value is a text")
    return value


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(_text(value))
    except ValueError:
        return None


async def _ids(tx: Tx, column: Any, statement: Any) -> Clause:
    """The resources a look-up by an index finds."""
    found = [row[0] for row in await tx.all(statement.limit(MOST_FOUND + 1))]
    if len(found) > MOST_FOUND:
        raise InvalidFilter("the filter finds too many")
    return col(column).in_(found) if found else sa.false()


async def _user_name(tx: Tx, sealer: Sealer | None, _op: str, value: Any) -> Clause:
    """Provisioned members by their userName, others by their handle."""
    handle = names.search_key(_text(value))
    plain = users_joined(sa.select(col(Member.id))).where(
        col(Member.handle) == handle, col(ScimUser.member_id).is_(None)
    )
    if sealer is None:
        return await _ids(tx, Member.id, plain)
    digest = sealer.digest(value)
    named = sa.select(col(ScimUser.member_id)).where(
        scope(ScimUser), col(ScimUser.user_name_digest) == digest
    )
    return sa.or_(await _ids(tx, Member.id, named), await _ids(tx, Member.id, plain))


async def _user_external(tx: Tx, sealer: Sealer | None, _op: str, value: Any) -> Clause:
    if sealer is None:
        return sa.false()
    digest = digest_of_external(sealer, _text(value))
    known = sa.select(col(ScimUser.member_id)).where(scope(ScimUser), col(ScimUser.external_digest) == digest)
    return await _ids(tx, Member.id, known)


async def _user_email(tx: Tx, sealer: Sealer | None, _op: str, value: Any) -> Clause:
    if sealer is None:
        return sa.false()
    digest = sealer.digest(_text(value))
    known = sa.select(col(ScimEmail.member_id)).where(scope(ScimEmail), col(ScimEmail.digest) == digest)
    return await _ids(tx, Member.id, known)


async def _user_email_within(tx: Tx, sealer: Sealer | None, inner: Condition) -> Clause:
    """Several conditions on one address: found by its digest, the others hold of what was sealed."""
    parts = inner.parts if isinstance(inner, Junction) and inner.op == "and" else (inner,)
    given = [each for each in parts if isinstance(each, Compare) and (each.name.lower(), each.op) == _VALUE]
    if not given or not set(map(str.lower, named_in(inner))) <= _PARTS_OF_EMAILS:
        raise InvalidFilter("of several conditions on one address, one is its value")
    if sealer is None:
        return sa.false()
    with_address = await _user_email(tx, sealer, "eq", given[0].value)
    rows = await tx.all(USER_ROWS.where(with_address).limit(MOST_UNSEALED + 1))
    if len(rows) > MOST_UNSEALED:
        raise InvalidFilter("the filter finds too many")
    addresses = {row.id: own_document(row, sealer).get("emails", ()) for row in rows}
    found = [id_ for id_, each in addresses.items() if any(holds(inner, one) for one in each)]
    return col(Member.id).in_(found) if found else sa.false()


async def _user_display(_tx: Tx, _sealer: Sealer | None, op: str, value: Any) -> Clause:
    key = names.search_key(_text(value))
    if op == "eq":
        return col(Member.name_key) == key
    low, high = names.prefix_range(key)
    return sa.and_(col(Member.name_key) >= low, col(Member.name_key) < high)


async def _user_active(_tx: Tx, _sealer: Sealer | None, _op: str, value: Any) -> Clause:
    if not isinstance(value, bool):
        raise InvalidFilter("active is true or false")
    is_active = col(Member.state) == MemberState.ACTIVE
    return is_active if value else sa.not_(is_active)


async def _user_group(tx: Tx, _sealer: Sealer | None, _op: str, value: Any) -> Clause:
    belonging = select(GroupMember.member_id).where(
        scope(GroupMember), col(GroupMember.group_id) == (_uuid(value) or UUID(int=0))
    )
    return await _ids(tx, Member.id, belonging)


async def _group_external(tx: Tx, sealer: Sealer | None, _op: str, value: Any) -> Clause:
    if sealer is None:
        return sa.false()
    digest = digest_of_external(sealer, _text(value))
    known = sa.select(col(ScimGroup.group_id)).where(
        scope(ScimGroup), col(ScimGroup.external_digest) == digest
    )
    return await _ids(tx, Group.id, known)


async def _group_display(_tx: Tx, _sealer: Sealer | None, op: str, value: Any) -> Clause:
    """In any case, where the database knows one: SQLite has it for a to z only."""
    name, given = col(Group.name), _text(value)
    low, low_given = sa.func.lower(name), given.lower()
    if op == "eq":
        return sa.or_(name == given, low == low_given)
    return sa.or_(name.startswith(given, autoescape=True), low.startswith(low_given, autoescape=True))


async def _group_member(tx: Tx, _sealer: Sealer | None, _op: str, value: Any) -> Clause:
    belonging = select(GroupMember.group_id).where(
        scope(GroupMember), col(GroupMember.member_id) == (_uuid(value) or UUID(int=0))
    )
    return await _ids(tx, Group.id, belonging)


def _by_id(model: Any) -> Leaf:
    async def leaf(_tx: Tx, _sealer: Sealer | None, _op: str, value: Any) -> Clause:
        id_ = _uuid(value)
        return sa.false() if id_ is None else col(model.id) == id_

    return leaf


def _by_time(column: Any) -> Leaf:
    async def leaf(_tx: Tx, _sealer: Sealer | None, op: str, value: Any) -> Clause:
        moment = moment_of(_text(value))
        if moment is None:
            raise InvalidFilter("a time is RFC 3339 with its offset")
        at = col(column)
        clauses = {"gt": at > moment, "ge": at >= moment, "lt": at < moment, "le": at <= moment}
        return clauses[op]

    return leaf


def _times(name: str, column: Any) -> dict[tuple[str, str], Leaf]:
    return {(name, op): _by_time(column) for op in ("gt", "ge", "lt", "le")}


_LEAVES: dict[str, dict[tuple[str, str], Leaf]] = {
    USERS.name: {
        ("id", "eq"): _by_id(Member),
        ("username", "eq"): _user_name,
        ("externalid", "eq"): _user_external,
        ("emails", "eq"): _user_email,
        ("emails.value", "eq"): _user_email,
        ("displayname", "eq"): _user_display,
        ("displayname", "sw"): _user_display,
        ("active", "eq"): _user_active,
        ("groups.value", "eq"): _user_group,
        **_times("meta.lastmodified", Member.updated_at),
        **_times("meta.created", Member.joined_at),
    },
    GROUPS.name: {
        ("id", "eq"): _by_id(Group),
        ("externalid", "eq"): _group_external,
        ("displayname", "eq"): _group_display,
        ("displayname", "sw"): _group_display,
        ("members", "eq"): _group_member,
        ("members.value", "eq"): _group_member,
        **_times("meta.lastmodified", Group.updated_at),
        **_times("meta.created", Group.created_at),
    },
}

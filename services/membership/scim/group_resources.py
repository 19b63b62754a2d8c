"""A group as SCIM shows one: row, sealed attributes and members -> a Group resource."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities.sealing import known_sealer
from services.membership.groups.rules import GroupState
from services.membership.models import Group, GroupMember, Member
from services.membership.scim import rules
from services.membership.scim.models import SEALED_GROUP, ScimUser, groups_joined
from services.membership.scim.projection import Projection
from services.membership.scim.refusals import TooMany
from services.membership.scim.schemas import GROUPS, USERS
from services.membership.scim.user_resources import VISIBLE
from shared.store import Tx, constant, scope
from shared.vault import Sealer

GROUP_COLUMNS = [
    col(column)
    for column in (Group.id, Group.name, Group.rule, Group.created_at, Group.updated_at, Group.version)
]
IS_GROUP = col(Group.state) == GroupState.ACTIVE
GROUP_ROWS = groups_joined(sa.select(*GROUP_COLUMNS, *SEALED_GROUP)).where(IS_GROUP)
THE_GROUP = constant(GROUP_ROWS.where(col(Group.id) == sa.bindparam("group_id")))
HOLD_GROUP = constant(
    GROUP_ROWS.where(col(Group.id) == sa.bindparam("group_id")).with_for_update(of=col(Group.id))
)
_HIDDEN = sa.select(col(ScimUser.member_id)).where(scope(ScimUser), col(ScimUser.deleted_at).is_not(None))
BELONGING = (
    sa.select(col(GroupMember.group_id), col(Member.id), col(Member.display_name))
    .select_from(GroupMember)
    .join(Member, col(Member.id) == col(GroupMember.member_id))
    .where(scope(GroupMember), scope(Member), col(Member.state).in_(VISIBLE))
    .where(col(Member.id).not_in(_HIDDEN))
    .order_by(col(GroupMember.group_id), col(Member.id))
)


def place_of(group_id: UUID) -> str:
    """What the sealed attributes of a group are sealed for."""
    return f"scim_group:{group_id}"


def own_document(row: Any, sealer: Sealer | None) -> dict[str, Any]:
    """What can be changed of the group, but for its members."""
    kept = {}
    if row.attributes is not None and sealer is not None:
        kept = json.loads(sealer.unseal(row.attributes, about=place_of(row.id)))
    return {"displayName": row.name, **kept}


async def shown(tx: Tx, rows: Sequence[Any], projection: Projection) -> list[dict[str, Any]]:
    """The resources of these groups, as far as they are asked for."""
    sealer = await known_sealer(tx)
    members: dict[UUID, list[dict[str, str]]] = {}
    if not projection.leaves_out("members"):
        members = await _members_of(tx, [row.id for row in rows])
    return [projection.of(_resource(row, own_document(row, sealer), members.get(row.id))) for row in rows]


async def one_shown(tx: Tx, group_id: UUID, projection: Projection) -> tuple[dict[str, Any], int]:
    """The resource of one group and its version."""
    row = await tx.one(THE_GROUP, {"group_id": group_id})
    (resource,) = await shown(tx, [row], projection)
    return resource, row.version


def _resource(row: Any, own: dict[str, Any], members: list[dict[str, str]] | None) -> dict[str, Any]:
    extensions = [name for name in own if rules.is_urn(name)]
    meta = {
        "resourceType": GROUPS.name,
        "created": row.created_at.isoformat(),
        "lastModified": row.updated_at.isoformat(),
        "location": GROUPS.location(row.id),
        "version": f'W/"{row.version}"',
    }
    named = {"schemas": [GROUPS.schema.id, *extensions], "id": str(row.id), **own}
    return named | ({"members": members} if members else {}) | {"meta": meta}


async def _members_of(tx: Tx, group_ids: Collection[UUID]) -> dict[UUID, list[dict[str, str]]]:
    """The members of these groups by group."""
    if not group_ids:
        return {}
    belonging = BELONGING.where(col(GroupMember.group_id).in_(group_ids)).limit(rules.MEMBERS_SHOWN + 1)
    rows = await tx.all(belonging)
    if len(rows) > rules.MEMBERS_SHOWN:
        raise TooMany("too many members for one answer: ask with excludedAttributes=members")
    found: dict[UUID, list[dict[str, str]]] = {}
    for row in rows:
        shown = {"value": str(row.id), "$ref": USERS.location(row.id), "display": row.display_name}
        found.setdefault(row.group_id, []).append(shown | {"type": USERS.name})
    return found

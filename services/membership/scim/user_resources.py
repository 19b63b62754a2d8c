"""A member as SCIM shows one: row and sealed attributes -> a User resource."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities.sealing import known_sealer
from services.membership.groups.rules import GroupState
from services.membership.members.rules import MemberState
from services.membership.models import Group, GroupMember, Member
from services.membership.scim import rules
from services.membership.scim.models import MEMBER_COLUMNS, SEALED_USER, ScimUser, users_joined
from services.membership.scim.projection import Projection
from services.membership.scim.refusals import TooMany
from services.membership.scim.schemas import GROUPS, USERS
from shared.problems import NotFound
from shared.store import Tx, constant, scope
from shared.vault import Sealer

VISIBLE = (MemberState.ACTIVE, MemberState.SUSPENDED, MemberState.BANNED)
"""Who is a user: who left, or has not come in yet, is none."""

IS_USER = sa.and_(col(Member.state).in_(VISIBLE), col(ScimUser.deleted_at).is_(None))
USER_ROWS = users_joined(sa.select(*MEMBER_COLUMNS, *SEALED_USER)).where(IS_USER)
THE_USER = constant(USER_ROWS.where(col(Member.id) == sa.bindparam("member_id")))
HOLD_USER = constant(
    USER_ROWS.where(col(Member.id) == sa.bindparam("member_id")).with_for_update(of=col(Member.id))
)


def id_of(text: str) -> UUID:
    """The id in a path; what is none is as missing as an unknown one."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


def place_of(member_id: UUID) -> str:
    """What the sealed attributes of a user are sealed for."""
    return f"scim_user:{member_id}"


def own_document(row: Any, sealer: Sealer | None) -> dict[str, Any]:
    """What can be changed of the user; a member nobody provisioned has their handle for a userName."""
    kept = {"userName": row.handle}
    if row.attributes is not None and sealer is not None:
        kept = json.loads(sealer.unseal(row.attributes, about=place_of(row.id)))
    return kept | {"displayName": row.display_name, "active": row.state is MemberState.ACTIVE}


async def shown(tx: Tx, rows: Sequence[Any], projection: Projection) -> list[dict[str, Any]]:
    """The resources of these members, as far as they are asked for."""
    sealer = await known_sealer(tx)
    groups: dict[UUID, list[dict[str, str]]] = {}
    if not projection.leaves_out("groups"):
        groups = await _groups_of(tx, [row.id for row in rows])
    return [projection.of(_resource(row, own_document(row, sealer), groups.get(row.id))) for row in rows]


async def one_shown(tx: Tx, member_id: UUID, projection: Projection) -> tuple[dict[str, Any], int]:
    """The resource of one user and its version."""
    row = await tx.one(THE_USER, {"member_id": member_id})
    (resource,) = await shown(tx, [row], projection)
    return resource, row.version


def _resource(row: Any, own: dict[str, Any], groups: list[dict[str, str]] | None) -> dict[str, Any]:
    extensions = [name for name in own if rules.is_urn(name)]
    meta = {
        "resourceType": USERS.name,
        "created": row.joined_at.isoformat(),
        "lastModified": row.updated_at.isoformat(),
        "location": USERS.location(row.id),
        "version": f'W/"{row.version}"',
    }
    named = {"schemas": [USERS.schema.id, *extensions], "id": str(row.id), **own}
    return named | ({"groups": groups} if groups else {}) | {"meta": meta}


async def _groups_of(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, list[dict[str, str]]]:
    """The groups of these members by member."""
    if not member_ids:
        return {}
    belonging = (
        sa.select(col(GroupMember.member_id), col(Group.id), col(Group.name))
        .select_from(GroupMember)
        .join(Group, col(Group.id) == col(GroupMember.group_id))
        .where(scope(GroupMember), scope(Group), col(GroupMember.member_id).in_(member_ids))
        .where(col(Group.state) == GroupState.ACTIVE)
        .limit(rules.MEMBERS_SHOWN + 1)
    )
    rows = await tx.all(belonging)
    if len(rows) > rules.MEMBERS_SHOWN:
        raise TooMany("too many groups for one answer: ask with excludedAttributes=groups")
    found: dict[UUID, list[dict[str, str]]] = {}
    for row in rows:
        shown = {"value": str(row.id), "$ref": GROUPS.location(row.id), "display": row.name, "type": "direct"}
        found.setdefault(row.member_id, []).append(shown)
    return found

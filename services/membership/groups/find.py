"""Find and read groups: GET /groups -> who may know of which -> groups with their rule and meetings."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_, select

from services.membership.communities.describe import Slug
from services.membership.groups import rules
from services.membership.groups.rules import GroupKind, GroupState, GroupVisibility
from services.membership.models import Group, GroupMember
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["groups"])


class MeetingView(View):
    title: str
    frequency: str | None
    weekday: str | None
    time: str | None
    timezone: str | None
    rule: str | None
    starts: str | None
    url: str | None


class GroupView(View):
    """A group; `rule` is null where members are added one by one."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    kind: GroupKind
    description: str | None
    visibility: GroupVisibility
    rule: dict[str, Any] | None
    meetings: list[MeetingView]
    state: GroupState
    created_at: datetime
    updated_at: datetime
    version: int


THE_GROUP = constant(select(Group).where(scope(Group), col(Group.id) == sa.bindparam("group_id")))
BELONGS = constant(
    select(GroupMember.member_id).where(
        scope(GroupMember),
        col(GroupMember.group_id) == sa.bindparam("group_id"),
        col(GroupMember.member_id) == sa.bindparam("member_id"),
    )
)


async def visible_group(tx: Tx, actor: Actor, group_id: UUID) -> Group:
    """The group, missing for whoever may not know of it."""
    group = await tx.one(THE_GROUP, {"group_id": group_id})
    given = {"group_id": group_id, "member_id": actor.member_id}
    belongs = actor.member_id is not None and await tx.first(BELONGS, given) is not None
    if actor.scopes is None and not rules.may_see(group.visibility, actor.level, belongs=belongs):
        raise NotFound
    return group


async def groups_of(
    tx: Tx, actor: Actor, kind: GroupKind | None, slug: str | None, limit: int, cursor: str | None
) -> Page[Any]:
    """The groups the caller may know of, oldest first."""
    statement = select(Group).where(scope(Group))
    if kind is not None:
        statement = statement.where(col(Group.kind) == kind)
    if slug is not None:
        statement = statement.where(col(Group.slug) == slug)
    if actor.scopes is None and actor.level <= 1:
        own = select(GroupMember.group_id).where(
            scope(GroupMember), col(GroupMember.member_id) == actor.member_id
        )
        open_to_all = col(Group.visibility) == GroupVisibility.MEMBERS
        statement = statement.where(or_(open_to_all, col(Group.id).in_(own)))
    return await tx.page(statement, by=(Group.created_at, Group.id), limit=limit, cursor=cursor)


@router.get("/v1/communities/{community_id}/groups", allows="group.read")
async def list_groups(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    kind: GroupKind | None = None,
    slug: Slug | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[GroupView]:
    return await read(groups_of, kind, slug, limit, cursor)


@router.get("/v1/communities/{community_id}/groups/{group_id}", allows="group.read")
async def get_group(community_id: UUID, group_id: UUID, read: Read) -> GroupView:  # noqa: ARG001 - as above
    return await read(visible_group, group_id)

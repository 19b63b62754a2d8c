"""Who is in a group: GET /groups/{id}/members -> those added, or those its rule finds now."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.groups.find import visible_group
from services.membership.groups.predicates import satisfies
from services.membership.groups.rules import GroupFunction
from services.membership.members.rules import MemberState
from services.membership.models import THE_COMMUNITY, GroupMember, Member
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["groups"])


class GroupMemberView(View):
    """Somebody in a group; found by a rule they are `member`."""

    member_id: UUID
    handle: str
    display_name: str
    function: GroupFunction


async def members_of(tx: Tx, actor: Actor, group_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """Who is in the group now, in the order of their ids."""
    group = await visible_group(tx, actor, group_id)
    member: Any = (col(Member.id).label("member_id"), col(Member.handle), col(Member.display_name))
    if group.rule is not None:
        community = await tx.one(THE_COMMUNITY)
        function = sa.literal(GroupFunction.MEMBER, type_=GroupMember.__table__.c.function.type)  # type: ignore[attr-defined]
        found = sa.select(*member, function.label("function")).where(
            scope(Member), satisfies(group.rule, community.timezone)
        )
    else:
        found = (
            sa.select(*member, col(GroupMember.function))
            .join(GroupMember, col(GroupMember.member_id) == col(Member.id))
            .where(
                scope(Member),
                scope(GroupMember),
                col(GroupMember.group_id) == group_id,
                col(Member.state) == MemberState.ACTIVE,
            )
        )
    listed = found.subquery()
    every: Any = sa.select(listed)
    return await tx.page(every, by=(listed.c.member_id,), limit=limit, cursor=cursor)


@router.get("/v1/communities/{community_id}/groups/{group_id}/members", allows="group.read")
async def list_group_members(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    group_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[GroupMemberView]:
    return await read(members_of, group_id, limit, cursor)

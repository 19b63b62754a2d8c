"""Belong to a group: PUT, DELETE /groups/{id}/members/{id} -> added one by one -> facts."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.groups.find import visible_group
from services.membership.groups.roster import GroupMemberView
from services.membership.groups.rules import GroupFunction, GroupState
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_MEMBER, Group, GroupMember, Member
from services.membership.roles import rules as role_rules
from shared.contracts.membership import GroupMemberAdded, GroupMemberRemoved
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, NotFound
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["groups"])


class BelongToGroup(Command):
    """What the member is in the group."""

    function: GroupFunction = GroupFunction.MEMBER


class FoundByRule(Conflict):
    """Members of a dynamic group are whoever satisfies its rule."""

    title = "The group's members are found by its rule"


class GroupClosed(Conflict):
    """Nobody is added to an archived group."""

    title = "The group is archived"


class NotActive(Conflict):
    title = "Only active members belong to groups"


HOLD_GROUP = constant(
    select(Group).where(scope(Group), col(Group.id) == sa.bindparam("group_id")).with_for_update()
)
BELONGING = constant(
    select(GroupMember).where(
        scope(GroupMember),
        col(GroupMember.group_id) == sa.bindparam("group_id"),
        col(GroupMember.member_id) == sa.bindparam("member_id"),
    )
)
LEAVE = constant(
    sa.delete(GroupMember).where(
        scope(GroupMember),
        col(GroupMember.group_id) == sa.bindparam("group_id"),
        col(GroupMember.member_id) == sa.bindparam("member_id"),
    )
)


async def add(
    tx: Tx, actor: Actor, community_id: UUID, group_id: UUID, member_id: UUID, command: BelongToGroup
) -> GroupMemberView:
    """Put an active member into the group, or give them another function in it; once is enough."""
    member = await tx.one(HOLD_MEMBER, {"member_id": member_id})  # nobody merges or erases them meanwhile
    await tx.one(HOLD_GROUP, {"group_id": group_id})
    before = await tx.first(BELONGING, {"group_id": group_id, "member_id": member_id})
    if before is None or before.function is not command.function:
        await _put(tx, actor.id, community_id, group_id, member, command.function)
        tx.audit("group.add_member", f"{group_id}:{member_id}")
    return GroupMemberView(
        member_id=member_id, handle=member.handle, display_name=member.display_name, function=command.function
    )


async def _put(
    tx: Tx, by: str, community_id: UUID, group_id: UUID, member: Member, function: GroupFunction
) -> None:
    group = await tx.lock(Group, group_id)
    if group.state is GroupState.ARCHIVED:
        raise GroupClosed
    if group.rule is not None:
        raise FoundByRule
    if member.state is not MemberState.ACTIVE:
        raise NotActive(state=member.state.value)
    put = tx.upsert(GroupMember).on_conflict_do_update(
        index_elements=["community_id", "group_id", "member_id"], set_={"function": function}
    )
    row = {
        "community_id": community_id,
        "group_id": group_id,
        "member_id": member.id,
        "function": function,
        "added_by": by,
        "added_at": tx.now,
    }
    await tx.execute(put, row)
    tx.publish(
        GroupMemberAdded(
            community_id=community_id, group_id=group_id, member_id=member.id, function=function.value
        )
    )


async def remove(tx: Tx, actor: Actor, community_id: UUID, group_id: UUID, member_id: UUID) -> None:
    """Take a member out of the group; everybody may take themselves out."""
    authority = role_rules.authority(actor.level, scoped_key=actor.scopes is not None)
    if member_id != actor.member_id and authority < role_rules.ADMIN_LEVEL:
        raise Forbidden
    await visible_group(tx, actor, group_id)
    await tx.lock(Group, group_id)
    if not await tx.execute(LEAVE, {"group_id": group_id, "member_id": member_id}):
        raise NotFound
    tx.publish(GroupMemberRemoved(community_id=community_id, group_id=group_id, member_id=member_id))
    if member_id != actor.member_id:
        tx.audit("group.remove_member", f"{group_id}:{member_id}")


@router.put("/v1/communities/{community_id}/groups/{group_id}/members/{member_id}", allows="group.manage")
async def put_group_member(
    community_id: UUID, group_id: UUID, member_id: UUID, command: BelongToGroup, write: Write
) -> GroupMemberView:
    return await write(add, community_id, group_id, member_id, command)


@router.delete(
    "/v1/communities/{community_id}/groups/{group_id}/members/{member_id}",
    status_code=204,
    allows="group.leave",
)
async def delete_group_member(community_id: UUID, group_id: UUID, member_id: UUID, write: Write) -> None:
    return await write(remove, community_id, group_id, member_id)

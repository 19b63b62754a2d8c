"""Change or archive a group: PATCH /groups/{id}, archive -> its kind stays -> GroupChanged, GroupArchived."""

from uuid import UUID

from pydantic import Field

from services.membership.communities.describe import Name
from services.membership.groups.create import Description, Meetings, stored_rule
from services.membership.groups.find import GroupView
from services.membership.groups.predicates import GroupRule
from services.membership.groups.rules import GroupState, GroupVisibility
from services.membership.models import Group
from shared.contracts.membership import GroupArchived, GroupChanged
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["groups"])


class ChangeGroup(Command):
    """What to change; what is left out stays. A dynamic group can get another rule, never lose it."""

    name: Name = Field(default_factory=left_out)
    description: Description | None = None
    visibility: GroupVisibility = Field(default_factory=left_out)
    rule: GroupRule = Field(default_factory=left_out)
    meetings: Meetings = Field(default_factory=left_out)


class NoRuleToChange(Conflict):
    """A group of added members stays one."""

    title = "The group has no rule"


async def change(tx: Tx, _actor: Actor, community_id: UUID, group_id: UUID, command: ChangeGroup) -> Group:
    """Change what was given."""
    given = command.model_dump(exclude_unset=True)
    if "rule" in given:
        given["rule"] = stored_rule(command.rule)
    if "meetings" in given:
        given["meetings"] = [meeting.model_dump() for meeting in command.meetings]
    before = await tx.lock(Group, group_id)
    if "rule" in given and before.rule is None:
        raise NoRuleToChange
    group = await tx.update(Group, group_id, **given) if given else before
    tx.publish(GroupChanged(community_id=community_id, group_id=group_id))
    tx.audit("group.change", group_id)
    return group


async def archive(tx: Tx, _actor: Actor, community_id: UUID, group_id: UUID) -> Group:
    """Put a group away; who was in it stays known."""
    before = await tx.lock(Group, group_id)
    if before.state is GroupState.ARCHIVED:
        raise InvalidTransition(state=before.state.value, allowed=[])
    group = await tx.update(Group, group_id, state=GroupState.ARCHIVED)
    tx.publish(GroupArchived(community_id=community_id, group_id=group_id))
    tx.audit("group.archive", group_id)
    return group


@router.patch("/v1/communities/{community_id}/groups/{group_id}", allows="group.manage", versioned=True)
async def patch_group(community_id: UUID, group_id: UUID, command: ChangeGroup, write: Write) -> GroupView:
    return await write(change, community_id, group_id, command)


@router.post("/v1/communities/{community_id}/groups/{group_id}/archive", allows="group.manage")
async def post_group_archive(community_id: UUID, group_id: UUID, write: Write) -> GroupView:
    return await write(archive, community_id, group_id)

"""Create a group: POST /groups -> a unique slug, a bounded tree -> GroupCreated."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.membership.communities.describe import Name, Slug
from services.membership.groups import rules
from services.membership.groups.find import THE_GROUP, GroupView
from services.membership.groups.predicates import GroupRule
from services.membership.groups.rules import GroupKind, GroupVisibility
from services.membership.models import Group
from shared.contracts.membership import GroupCreated
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Router, Write, Zone
from shared.store import Tx

router = Router(tags=["groups"])

Description = Annotated[str, Field(min_length=1, max_length=4000)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class Meeting(Command):
    """When a group meets, in the words of its calendar; the events service takes it over from here.

    `time` is local to `timezone`; `rule` is an RRULE without DTSTART (RFC 5545), where the words mean one;
    `starts` is the day of the first meeting, without which nobody can tell which weeks "every two weeks" are.
    """

    title: Words
    frequency: Words | None = None
    weekday: Annotated[str, Field(pattern=r"^(MO|TU|WE|TH|FR|SA|SU)$")] | None = None
    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    timezone: Zone | None = None
    rule: Annotated[str, Field(pattern=r"^FREQ=[A-Z0-9=;,+-]+$", max_length=200)] | None = None
    starts: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)] | None = None


Meetings = Annotated[list[Meeting], Field(max_length=50)]


class CreateGroup(Command):
    """A new group; its slug and kind stay for good. With a `rule` it is dynamic."""

    slug: Slug
    name: Name
    kind: GroupKind
    description: Description | None = None
    visibility: GroupVisibility = GroupVisibility.MEMBERS
    parent_id: UUID | None = None
    rule: GroupRule | None = None
    meetings: Meetings = Field(default_factory=list)


class GroupSlugTaken(Conflict):
    title = "Group slug already taken"


class GroupTooDeep(Unprocessable):
    """Groups lie within groups to a bounded depth."""

    title = "Too many groups above this one"


async def create(tx: Tx, _actor: Actor, community_id: UUID, command: CreateGroup) -> Group:
    """Create a group, within another where `parent_id` says so."""
    await _require_room(tx, command.parent_id)
    group = Group(
        **command.model_dump(exclude={"rule", "meetings"}),
        community_id=community_id,
        rule=stored_rule(command.rule),
        meetings=[meeting.model_dump() for meeting in command.meetings],
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(group, conflicts={"slug": GroupSlugTaken})
    tx.publish(
        GroupCreated(
            community_id=community_id,
            group_id=group.id,
            kind=group.kind.value,
            dynamic=command.rule is not None,
        )
    )
    tx.audit("group.create", group.id)
    return group


async def _require_room(tx: Tx, parent_id: UUID | None) -> None:
    above = 0
    while parent_id is not None:
        parent = await tx.one(THE_GROUP, {"group_id": parent_id})
        above, parent_id = above + 1, parent.parent_id
        if above > rules.DEEPEST_NESTING:
            raise GroupTooDeep


def stored_rule(rule: GroupRule | None) -> dict[str, Any] | None:
    return None if rule is None else rule.model_dump(mode="json", exclude_none=True)


@router.post("/v1/communities/{community_id}/groups", status_code=201, allows="group.manage")
async def post_group(community_id: UUID, command: CreateGroup, write: Write) -> GroupView:
    return await write(create, community_id, command)

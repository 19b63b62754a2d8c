"""Create a group: POST /Groups -> a group with a slug of its own -> GroupCreated, GroupMemberAdded."""

import re
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.membership.groups.create import CreateGroup
from services.membership.groups.create import create as create_plain
from services.membership.groups.rules import GroupKind
from services.membership.members import names
from services.membership.models import HOLD_COMMUNITY, Group
from services.membership.scim import belonging
from services.membership.scim.documents import read
from services.membership.scim.group_resources import one_shown
from services.membership.scim.messages import GroupAnswer, GroupBody, ScimJson, answer
from services.membership.scim.projection import Projection, projection
from services.membership.scim.refusals import InvalidValue
from services.membership.scim.schemas import GROUPS
from services.membership.scim.users import Excluded, Names
from shared.answers import Rendered
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["scim"], of_caller=True)

NAME_LENGTH = 120
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")
SLUGS_LIKE = constant(
    sa.select(col(Group.slug)).where(
        scope(Group), col(Group.slug) >= sa.bindparam("low"), col(Group.slug) < sa.bindparam("high")
    )
)


def group_name(document: dict[str, Any]) -> str:
    """The group's name; `InvalidValue` when it is longer than ours are."""
    name = " ".join(document["displayName"].split())
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InvalidValue(f"displayName has 1 to {NAME_LENGTH} characters")
    return name


async def create(tx: Tx, actor: Actor, document: dict[str, Any], asked: Projection) -> Rendered:
    """Create the group; its slug is made of its name."""
    community_id = (await tx.one(HOLD_COMMUNITY)).id
    name = group_name(document)
    command = CreateGroup(slug=await _slug(tx, name), name=name, kind=GroupKind.WORKING_GROUP)
    group = await create_plain(tx, actor, community_id, command)
    members = belonging.named(document.get("members", ()))
    await belonging.require_users(tx, members)
    if members:
        await tx.lock(Group, group.id, facts=len(members))
        await belonging.put_members(tx, actor.id, community_id, group.id, members, ())
    await belonging.keep_group(tx, community_id, group.id, document)
    resource, version = await one_shown(tx, group.id, asked)
    return answer(resource, 201, version=version, location=GROUPS.location(group.id))


async def _slug(tx: Tx, name: str) -> str:
    """A free slug that resembles the name."""
    made = _NOT_IN_SLUGS.sub("-", names.handle_from(name)).strip("-")
    wish = names.stem(made).strip("-") if len(made) > 1 else "group"
    low, high = names.handle_range(wish)
    taken = {row.slug for row in await tx.all(SLUGS_LIKE, {"low": low, "high": high})}
    return names.Handles(taken).give(wish)


@router.post(
    "/scim/v2/Groups",
    status_code=201,
    allows="member.provision",
    response_model=GroupAnswer,
    response_class=ScimJson,
)
async def scim_create_group(
    resource: GroupBody, write: Write, attributes: Names = None, excluded: Excluded = None
) -> Rendered:
    return await write(create, read(resource.root, GROUPS), projection(attributes, excluded, GROUPS))

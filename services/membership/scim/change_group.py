"""Change a group: PUT, PATCH /Groups/{id} -> what differs -> GroupChanged, members added and removed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.membership.communities.sealing import known_sealer
from services.membership.models import HOLD_COMMUNITY, Group
from services.membership.scim import belonging
from services.membership.scim.create_group import group_name
from services.membership.scim.documents import read
from services.membership.scim.group_resources import HOLD_GROUP, one_shown, own_document
from services.membership.scim.messages import GroupAnswer, GroupBody, PatchBody, ScimJson, answer
from services.membership.scim.patch import operations_of, patched
from services.membership.scim.projection import Projection, projection
from services.membership.scim.refusals import Immutable, TooMany
from services.membership.scim.schemas import GROUPS
from services.membership.scim.user_resources import id_of
from services.membership.scim.users import Excluded, Names, ResourceId
from shared.answers import Rendered
from shared.contracts.membership import GroupChanged
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["scim"], of_caller=True)

Document = dict[str, Any]


async def change(
    tx: Tx,
    actor: Actor,
    group_id: UUID,
    after: Callable[[Document], Document],
    among: set[UUID] | None,
    asked: Projection,
) -> Rendered:
    """Make the group what `after` makes of it; of its members only those `among` these are looked at."""
    community = await tx.one(HOLD_COMMUNITY)
    row = await tx.one(HOLD_GROUP, {"group_id": group_id})
    tx.require_version(row.version)
    there = await belonging.members_of(tx, group_id, among)
    own = own_document(row, await known_sealer(tx))
    document = after(own | {"members": [{"value": str(each)} for each in sorted(there)]})
    document["displayName"] = group_name(document)
    wanted = belonging.named(document.get("members", ()))
    added, removed = wanted - there, there - wanted
    if (added or removed) and row.rule is not None:
        raise Immutable("the group's members are found by its rule")
    await belonging.require_users(tx, added)
    changed = {name: value for name, value in document.items() if name != "members"} != own
    facts = len(added) + len(removed) + changed
    if facts:
        await tx.lock(Group, group_id, facts=facts, name=document["displayName"])
        await belonging.put_members(tx, actor.id, community.id, group_id, added, removed)
        tx.audit("group.provision", group_id)
    if changed:
        await belonging.keep_group(tx, community.id, group_id, document)
        tx.publish(GroupChanged(community_id=community.id, group_id=group_id))
    try:
        resource, version = await one_shown(tx, group_id, asked)
    except TooMany:
        return Rendered(204, {}, b"")  # done, and too large to be answered (RFC 7644 section 3.5.2)
    return answer(resource, version=version)


@router.put(
    "/scim/v2/Groups/{group_id}",
    allows="member.provision",
    versioned=True,
    response_model=GroupAnswer,
    response_class=ScimJson,
)
async def scim_replace_group(
    group_id: ResourceId,
    resource: GroupBody,
    write: Write,
    attributes: Names = None,
    excluded: Excluded = None,
) -> Rendered:
    given = read(resource.root, GROUPS)
    asked = projection(attributes, excluded, GROUPS)
    return await write(change, id_of(group_id), lambda _: given, None, asked)


@router.patch(
    "/scim/v2/Groups/{group_id}",
    allows="member.provision",
    versioned=True,
    response_model=GroupAnswer,
    response_class=ScimJson,
)
async def scim_patch_group(
    group_id: ResourceId,
    message: PatchBody,
    write: Write,
    attributes: Names = None,
    excluded: Excluded = None,
) -> Rendered:
    operations = operations_of(message.root)
    asked = projection(attributes, excluded, GROUPS)
    among = belonging.touched(operations)
    return await write(
        change, id_of(group_id), lambda before: patched(before, operations, GROUPS), among, asked
    )

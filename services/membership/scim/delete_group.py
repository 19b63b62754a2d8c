"""Delete a group: DELETE /Groups/{id} -> archived, and out of SCIM's sight -> GroupArchived."""

from uuid import UUID

from services.membership.groups.change import archive
from services.membership.models import HOLD_COMMUNITY
from services.membership.scim.group_resources import HOLD_GROUP
from services.membership.scim.user_resources import id_of
from services.membership.scim.users import ResourceId
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["scim"], of_caller=True)


async def put_away(tx: Tx, actor: Actor, group_id: UUID) -> None:
    """Archive the group; who was in it stays known to the community."""
    community = await tx.one(HOLD_COMMUNITY)
    row = await tx.one(HOLD_GROUP, {"group_id": group_id})
    tx.require_version(row.version)
    await archive(tx, actor, community.id, group_id)


@router.delete("/scim/v2/Groups/{group_id}", status_code=204, allows="member.provision", versioned=True)
async def scim_delete_group(group_id: ResourceId, write: Write) -> None:
    return await write(put_away, id_of(group_id))

"""Delete a user: DELETE /Users/{id} -> contacts forgotten, the member leaves -> MemberLeft."""

from uuid import UUID

from services.membership.members.leave import leave
from services.membership.members.profile import require_self_or_manager
from services.membership.members.rules import MemberState
from services.membership.members.standing import reinstate
from services.membership.models import HOLD_COMMUNITY
from services.membership.scim import keeping
from services.membership.scim.models import FORGET_EMAILS, FORGET_USER, ScimUser
from services.membership.scim.user_resources import HOLD_USER, id_of
from services.membership.scim.users import ResourceId
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["scim"], of_caller=True)


async def deprovision(tx: Tx, actor: Actor, member_id: UUID) -> None:
    """Forget what the identity provider said and let the member leave.

    Whom moderation suspended or banned stays so and is only out of SCIM's sight: leaving would lift it.
    """
    community = await tx.one(HOLD_COMMUNITY)
    row = await tx.one(HOLD_USER, {"member_id": member_id})
    tx.require_version(row.version)
    require_self_or_manager(actor, row)
    await keeping.forget_identity(tx, actor, community.id, member_id, row.identity_id)
    await tx.execute(FORGET_EMAILS, {"member_id": member_id})
    await tx.execute(FORGET_USER, {"member_id": member_id})
    member = await reinstate(tx, member_id)
    if member.state is MemberState.ACTIVE:
        await leave(tx, actor, community.id, member_id)
    else:
        gone = ScimUser(community_id=community.id, member_id=member_id, deleted_at=tx.now)
        await tx.insert(gone)
    tx.audit("member.deprovision", member_id)


@router.delete("/scim/v2/Users/{user_id}", status_code=204, allows="member.provision", versioned=True)
async def scim_delete_user(user_id: ResourceId, write: Write) -> None:
    return await write(deprovision, id_of(user_id))

"""Create a user: POST /Users -> one per userName, who left comes back -> MemberJoined, IdentityLinked."""

from typing import Any
from uuid import UUID

from services.membership.identities.rules import IdentityState
from services.membership.members import names
from services.membership.members.handles import free_handles
from services.membership.members.join import HandleTaken, JoinCommunity, enter, new_member, require_open
from services.membership.members.leave import rejoin
from services.membership.members.profile import require_self_or_manager
from services.membership.members.rules import MemberState
from services.membership.members.standing import suspend
from services.membership.models import HOLD_COMMUNITY, THE_MEMBER, Member
from services.membership.scim import keeping
from services.membership.scim.change_user import rewrite
from services.membership.scim.documents import read
from services.membership.scim.messages import ScimJson, UserAnswer, UserBody, answer
from services.membership.scim.projection import Projection, projection
from services.membership.scim.refusals import NotUnique
from services.membership.scim.schemas import USERS
from services.membership.scim.user_resources import VISIBLE, one_shown
from services.membership.scim.users import Excluded, Names
from shared.answers import Rendered
from shared.contracts.membership import MemberJoined
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["scim"], of_caller=True)


async def create(tx: Tx, actor: Actor, document: dict[str, Any], asked: Projection) -> Rendered:
    """Let the user join; one whom the identity provider deleted before is the member they were."""
    community = await tx.one(HOLD_COMMUNITY)
    require_open(community, actor)
    community_id = community.id
    member = await _returning(tx, actor, community_id, document)
    if member is not None:
        await rewrite(tx, actor, community_id, member, document, None)
    else:
        member = await _newcomer(tx, community_id, document)
        await keeping.keep(tx, actor, community_id, member.id, document, None)
        if document.get("active") is False:
            await suspend(tx, member.id)
        tx.audit("member.provision", member.id)
    resource, version = await one_shown(tx, member.id, asked)
    return answer(resource, 201, version=version, location=USERS.location(member.id))


async def _newcomer(tx: Tx, community_id: UUID, document: dict[str, Any]) -> Member:
    wish = keeping.handle_in(document)
    if wish is not None:
        await keeping.require_free_handle(tx, wish)
    wish = wish or names.handle_from(document["userName"])
    handle = (await free_handles(tx, [wish])).give(wish)
    shown = keeping.display_name(document, handle)
    command = JoinCommunity(handle=handle, display_name=shown)
    member = await new_member(tx, community_id, None, command, MemberState.ACTIVE)
    told = MemberJoined(community_id=community_id, member_id=member.id, source="provisioned")
    try:
        await enter(tx, member, told)
    except HandleTaken as taken:
        raise keeping.UserNameTaken from taken
    return member


async def _returning(tx: Tx, actor: Actor, community_id: UUID, document: dict[str, Any]) -> Member | None:
    """Who was provisioned under the same identity before and deleted since, back in the community."""
    known = await keeping.known_identity(tx, community_id, document)
    if known is None:
        return None
    await refuse_erased(tx, known.id)
    if known.state is IdentityState.LINKED:
        raise NotUnique("this user exists")
    member = await tx.first(THE_MEMBER, {"member_id": known.member_id})
    if member is not None:
        require_self_or_manager(actor, member)
    if member is not None and member.state is MemberState.LEFT:
        return await rejoin(tx, actor, community_id, member.id)
    return member if member is not None and member.state in VISIBLE else None


@router.post(
    "/scim/v2/Users",
    status_code=201,
    allows="member.provision",
    response_model=UserAnswer,
    response_class=ScimJson,
)
async def scim_create_user(
    resource: UserBody,
    write: Write,
    attributes: Names = None,
    excluded: Excluded = None,
) -> Rendered:
    asked = projection(attributes, excluded, USERS)
    return await write(create, read(resource.root, USERS), asked)

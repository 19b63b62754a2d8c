"""Change a user: PUT, PATCH /Users/{id} -> what differs -> MemberProfileUpdated, suspended or reinstated."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.membership.communities.sealing import known_sealer
from services.membership.members import names
from services.membership.members.profile import require_self_or_manager
from services.membership.members.standing import reinstate, suspend
from services.membership.models import HOLD_COMMUNITY, Member
from services.membership.scim import keeping
from services.membership.scim.documents import read
from services.membership.scim.messages import PatchBody, ScimJson, UserAnswer, UserBody, answer
from services.membership.scim.patch import operations_of, patched
from services.membership.scim.projection import Projection, projection
from services.membership.scim.schemas import USERS
from services.membership.scim.user_resources import HOLD_USER, id_of, one_shown, own_document
from services.membership.scim.users import Excluded, Names, ResourceId
from shared.answers import Rendered
from shared.contracts.membership import MemberProfileUpdated
from shared.identity import Actor
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["scim"], of_caller=True)

Document = dict[str, Any]


async def change(
    tx: Tx,
    actor: Actor,
    member_id: UUID,
    after: Callable[[Document], Document],
    asked: Projection,
) -> Rendered:
    """Make the user what `after` makes of them; nothing is written when that is what they are."""
    community = await tx.one(HOLD_COMMUNITY)
    row = await tx.one(HOLD_USER, {"member_id": member_id})
    tx.require_version(row.version)
    require_self_or_manager(actor, row)
    before = own_document(row, await known_sealer(tx))
    document = after(before)
    await rewrite(tx, actor, community.id, row, document, before, row.identity_id)
    resource, version = await one_shown(tx, member_id, asked)
    return answer(resource, version=version)


async def rewrite(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    member: Member,
    document: Document,
    before: Document | None,
    linked: UUID | None = None,
) -> None:
    """Write what differs from `before`, each change with its fact; all of it when that is not known."""
    changes: Document = {}
    handle = keeping.handle_in(document)
    if before is not None and document["userName"] == before["userName"]:
        handle = None
    if handle is not None and handle != member.handle:
        await keeping.require_free_handle(tx, handle, member.id)
        changes["handle"] = handle
    shown = keeping.display_name(document, changes.get("handle", member.handle))
    if shown != member.display_name:
        changes |= {"display_name": shown, "name_key": names.search_key(shown)}
    differs = before is None or _own(document) != _own(before)
    if differs:
        await keeping.keep(tx, actor, community_id, member.id, document, linked)
    if differs or changes:
        await _rewrite_member(tx, community_id, member.id, changes)
    if document.get("active") is False:
        await suspend(tx, member.id)
    elif document.get("active") and (before is None or not before["active"]):
        await reinstate(tx, member.id)


async def _rewrite_member(tx: Tx, community_id: UUID, member_id: UUID, changes: Document) -> None:
    await tx.lock(Member, member_id, **changes)
    tx.publish(MemberProfileUpdated(community_id=community_id, member_id=member_id))
    tx.audit("member.change", member_id)


def _own(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in ("displayName", "active")}


@router.put(
    "/scim/v2/Users/{user_id}",
    allows="member.provision",
    versioned=True,
    response_model=UserAnswer,
    response_class=ScimJson,
)
async def scim_replace_user(
    user_id: ResourceId,
    resource: UserBody,
    write: Write,
    attributes: Names = None,
    excluded: Excluded = None,
) -> Rendered:
    given = read(resource.root, USERS)
    return await write(change, id_of(user_id), lambda _: given, projection(attributes, excluded, USERS))


@router.patch(
    "/scim/v2/Users/{user_id}",
    allows="member.provision",
    versioned=True,
    response_model=UserAnswer,
    response_class=ScimJson,
)
async def scim_patch_user(
    user_id: ResourceId,
    message: PatchBody,
    write: Write,
    attributes: Names = None,
    excluded: Excluded = None,
) -> Rendered:
    operations = operations_of(message.root)
    asked = projection(attributes, excluded, USERS)
    return await write(change, id_of(user_id), lambda before: patched(before, operations, USERS), asked)

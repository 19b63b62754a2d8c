"""Link identities: POST, DELETE /identities -> one member each -> IdentityLinked, Verified, Revoked."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership.identities.models import identity_as
from services.membership.identities.rules import IdentityState, Method
from services.membership.identities.verify import is_login
from services.membership.identities.view import IdentityView, view_of
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_MEMBER, THE_MEMBER, Identity, Member
from shared.contracts.membership import IdentityLinked, IdentityRevoked, IdentityVerified
from shared.identity import Actor
from shared.problems import Conflict, NotFound
from shared.route import Command, Cursor, Limit, Page, Read, Router, Write
from shared.store import Tx, constant, scope
from shared.subjects import identity_of

router = Router(tags=["identities"])

Provider = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
Subject = Annotated[str, Field(min_length=1, max_length=200)]
THE_IDENTITY = constant(
    select(Identity).where(scope(Identity), col(Identity.id) == sa.bindparam("identity_id"))
)


class LinkIdentity(Command):
    """Who the member is on another platform: its fixed word and their id, name or address there."""

    provider: Provider
    subject: Subject


class IdentityTaken(Conflict):
    """An identity is linked to one member at a time; `member_id` says to whom."""

    title = "Identity already linked"


class IdentityErased(Conflict):
    """Its holder was erased: it is nobody's for good."""

    title = "Identity erased"


class MemberMerged(Conflict):
    """A merged member has nothing of their own; `merged_into` stands for them."""

    title = "The member was merged"


async def link(tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, command: LinkIdentity) -> Identity:
    """Link an identity that is nobody's; the login the member signs in with is verified by that."""
    member = await _linkable(tx, member_id)
    id_ = identity_of(community_id, command.provider, command.subject)
    method = Method.LOGIN if await is_login(tx, member, command.provider, id_) else None
    linked = identity_as(community_id, member_id, command.provider, command.subject, tx.now, method)
    if await tx.first(THE_IDENTITY, {"identity_id": id_}) is None:
        await tx.insert(linked, conflicts={"pkey": IdentityTaken})
    else:
        linked = await _link_again(tx, linked)
    of: dict[str, Any] = {"community_id": community_id, "identity_id": linked.id, "member_id": member_id}
    tx.publish(IdentityLinked(**of, provider=command.provider))
    if linked.verified_at is not None:
        tx.publish(IdentityVerified(**of))
    tx.audit("identity.link", linked.id)
    return linked


async def _linkable(tx: Tx, member_id: UUID) -> Member:
    member = await tx.one(HOLD_MEMBER, {"member_id": member_id})  # nobody merges them meanwhile
    if member.state is MemberState.ERASED:
        raise NotFound
    if member.state is MemberState.MERGED:
        raise MemberMerged(merged_into=str(member.merged_into))
    return member


async def _link_again(tx: Tx, wanted: Identity) -> Identity:
    """Give an identity that was somebody's once to the member who is to have it now."""
    known = await tx.lock(Identity, wanted.id, facts=wanted.version)
    if known.state is IdentityState.LINKED:
        raise IdentityTaken(member_id=str(known.member_id))
    if known.state is IdentityState.ERASED:
        raise IdentityErased
    changes = {
        name: getattr(wanted, name)
        for name in ("member_id", "state", "likeness", "linked_at", "verified_at", "method")
    }
    return await tx.update(Identity, wanted.id, **changes)


async def unlink(tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, identity_id: UUID) -> None:
    """Make a member's identity nobody's; it can be linked again."""
    known = await tx.lock(Identity, identity_id)
    if known.member_id != member_id or known.state is not IdentityState.LINKED:
        raise NotFound
    await tx.update(Identity, identity_id, state=IdentityState.REVOKED)
    tx.publish(IdentityRevoked(community_id=community_id, identity_id=identity_id, member_id=member_id))
    tx.audit("identity.unlink", identity_id)


async def put_identity(
    tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, command: LinkIdentity
) -> IdentityView:
    return view_of(await link(tx, actor, community_id, member_id, command))


async def identities_of(
    tx: Tx, _actor: Actor, member_id: UUID, limit: int, cursor: str | None
) -> Page[IdentityView]:
    """The identities linked to a member."""
    await tx.one(THE_MEMBER, {"member_id": member_id})
    linked = select(Identity).where(
        scope(Identity), col(Identity.member_id) == member_id, col(Identity.state) == IdentityState.LINKED
    )
    page = await tx.page(linked, by=(Identity.id,), limit=limit, cursor=cursor)
    return Page(items=[view_of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/communities/{community_id}/members/{member_id}/identities", status_code=201, allows="identity.link"
)
async def post_identity(
    community_id: UUID, member_id: UUID, command: LinkIdentity, write: Write
) -> IdentityView:
    return await write(put_identity, community_id, member_id, command)


@router.get("/v1/communities/{community_id}/members/{member_id}/identities", allows="identity.read")
async def list_identities(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    member_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[IdentityView]:
    return await read(identities_of, member_id, limit, cursor)


@router.delete(
    "/v1/communities/{community_id}/members/{member_id}/identities/{identity_id}",
    status_code=204,
    allows="identity.link",
)
async def delete_identity(community_id: UUID, member_id: UUID, identity_id: UUID, write: Write) -> None:
    return await write(unlink, community_id, member_id, identity_id)

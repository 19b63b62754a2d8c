"""Link identities: POST, DELETE /identities -> one member each -> IdentityLinked, IdentityRevoked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership.identities import rules
from services.membership.identities.rules import IdentityState
from services.membership.models import THE_MEMBER, CommunityKey, Identity
from shared.contracts.membership import IdentityLinked, IdentityRevoked
from shared.identity import Actor
from shared.ids import identity_id
from shared.problems import Conflict, NotFound
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["identities"])

Provider = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
Subject = Annotated[str, Field(min_length=1, max_length=200)]
THE_IDENTITY = constant(
    select(Identity).where(scope(Identity), col(Identity.id) == sa.bindparam("identity_id"))
)
SUBJECT_KEY = constant(select(CommunityKey).where(scope(CommunityKey)))


class LinkIdentity(Command):
    """Who the member is on another platform: its fixed word and their id, name or address there."""

    provider: Provider
    subject: Subject


class IdentityView(View):
    """An identity; `subject` is a keyed hash when it was an e-mail address."""

    id: UUID
    member_id: UUID
    provider: str
    subject: str
    linked_at: datetime
    version: int


class IdentityTaken(Conflict):
    """An identity is linked to one member at a time; `member_id` says to whom."""

    title = "Identity already linked"


async def subject_key(tx: Tx) -> bytes:
    """The key under which this community's contacts are hashed."""
    row = await tx.one(SUBJECT_KEY)
    return bytes.fromhex(row.subject_key)


async def link(tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, command: LinkIdentity) -> Identity:
    """Link an identity that is nobody's."""
    await tx.one(THE_MEMBER, {"member_id": member_id})
    subject = rules.kept_subject(command.subject, await subject_key(tx))
    id_ = identity_id(community_id, command.provider, subject)
    known = await tx.first(THE_IDENTITY, {"identity_id": id_})
    if known is None:
        identity = Identity(
            id=id_,
            community_id=community_id,
            member_id=member_id,
            provider=command.provider,
            subject=subject,
            linked_at=tx.now,
        )
        await tx.insert(identity, conflicts={"pkey": IdentityTaken})
    else:
        known = await tx.lock(Identity, id_)
        if known.state is IdentityState.LINKED:
            raise IdentityTaken(member_id=str(known.member_id))
        identity = await tx.update(
            Identity, id_, member_id=member_id, state=IdentityState.LINKED, linked_at=tx.now
        )
    tx.publish(
        IdentityLinked(
            community_id=community_id, identity_id=id_, member_id=member_id, provider=command.provider
        )
    )
    tx.audit("identity.link", id_)
    return identity


async def unlink(tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, identity_id: UUID) -> None:
    """Make a member's identity nobody's; it can be linked again."""
    known = await tx.lock(Identity, identity_id)
    if known.member_id != member_id or known.state is not IdentityState.LINKED:
        raise NotFound
    await tx.update(Identity, identity_id, state=IdentityState.REVOKED)
    tx.publish(IdentityRevoked(community_id=community_id, identity_id=identity_id, member_id=member_id))
    tx.audit("identity.unlink", identity_id)


async def identities_of(tx: Tx, _actor: Actor, member_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """The identities linked to a member."""
    await tx.one(THE_MEMBER, {"member_id": member_id})
    linked = select(Identity).where(
        scope(Identity), col(Identity.member_id) == member_id, col(Identity.state) == IdentityState.LINKED
    )
    return await tx.page(linked, by=(Identity.id,), limit=limit, cursor=cursor)


@router.post(
    "/v1/communities/{community_id}/members/{member_id}/identities", status_code=201, allows="identity.link"
)
async def post_identity(
    community_id: UUID, member_id: UUID, command: LinkIdentity, write: Write
) -> IdentityView:
    return await write(link, community_id, member_id, command)


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

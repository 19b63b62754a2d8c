"""Keep what an identity provider says of a user: sealed, with the digests and the identity it is found by."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities.sealing import sealer_of
from services.membership.identities.link import (
    THE_IDENTITY,
    IdentityTaken,
    LinkIdentity,
    link,
    unlink,
)
from services.membership.identities.rules import IdentityState
from services.membership.members import names
from services.membership.models import Identity, Member
from services.membership.scim import rules
from services.membership.scim.finding import digest_of_external
from services.membership.scim.models import FORGET_EMAILS, ScimEmail, ScimUser
from services.membership.scim.refusals import InvalidValue, NotUnique
from services.membership.scim.user_resources import VISIBLE, place_of
from shared.identity import Actor
from shared.store import ConstraintViolated, Tx, constant, scope
from shared.subjects import identity_of

PROVIDER = "scim"
NAME_LENGTH = 80
OTHER_HOLDER = constant(
    sa.select(col(Member.id)).where(
        scope(Member),
        col(Member.handle) == sa.bindparam("handle"),
        col(Member.state).in_(VISIBLE),
        col(Member.id) != sa.bindparam("member_id"),
    )
)
NOBODY = UUID(int=0)


class UserNameTaken(NotUnique):
    title = "userName already taken"


def handle_in(document: Mapping[str, Any]) -> str | None:
    """The handle a userName is, None when it is none, as an e-mail address."""
    try:
        return names.handle(document["userName"])
    except ValueError:
        return None


async def require_free_handle(tx: Tx, handle: str, member_id: UUID = NOBODY) -> None:
    """Raise unless no other user has the handle; those who left do not count (RFC 7644 section 3.6)."""
    if await tx.first(OTHER_HOLDER, {"handle": handle, "member_id": member_id}) is not None:
        raise UserNameTaken


def display_name(document: Mapping[str, Any], handle: str) -> str:
    """How the member is shown; a displayName that is too long is refused, one made of parts is cut."""
    name = document.get("name", {})
    parts = (name.get(part) for part in ("givenName", "middleName", "familyName"))
    given = document.get("displayName")
    shown = rules.shown_name(given, name.get("formatted"), parts, handle)
    if given and len(shown) > NAME_LENGTH:
        raise InvalidValue(f"displayName has at most {NAME_LENGTH} characters")
    return shown[:NAME_LENGTH]


async def known_identity(tx: Tx, community_id: UUID, document: Mapping[str, Any]) -> Identity | None:
    """The identity this user would be, if it is known."""
    id_ = identity_of(community_id, PROVIDER, _subject(document))
    return await tx.first(THE_IDENTITY, {"identity_id": id_})


def _subject(document: Mapping[str, Any]) -> str:
    """Who the user is to their identity provider."""
    return str(document.get("externalId") or document["userName"])


async def keep(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    member_id: UUID,
    document: Mapping[str, Any],
    linked: UUID | None,
) -> None:
    """Store the attributes and their digests; link the identity, in place of the one `linked` before."""
    sealer = await sealer_of(tx)
    own = {name: value for name, value in document.items() if name not in ("displayName", "active")}
    external = document.get("externalId")
    changes = {
        "user_name_digest": sealer.digest(document["userName"]),
        "external_digest": digest_of_external(sealer, external) if external else None,
        "identity_id": await _linked(tx, actor, community_id, member_id, document, linked),
        "attributes": sealer.seal(json.dumps(own, ensure_ascii=False), about=place_of(member_id)),
        "deleted_at": None,
    }
    put = tx.upsert(ScimUser).on_conflict_do_update(
        index_elements=["community_id", "member_id"], set_=changes
    )
    try:
        await tx.execute(put, {"community_id": community_id, "member_id": member_id, **changes})
    except ConstraintViolated as conflict:
        raise UserNameTaken from conflict
    await tx.execute(FORGET_EMAILS, {"member_id": member_id})
    addresses = {sealer.digest(each["value"]) for each in document.get("emails", ()) if each.get("value")}
    rows = [
        ScimEmail(community_id=community_id, member_id=member_id, digest=digest)
        for digest in sorted(addresses)
    ]
    await tx.insert(rows)


async def _linked(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    member_id: UUID,
    document: Mapping[str, Any],
    linked: UUID | None,
) -> UUID:
    """The identity of the user, linked; another one is revoked first."""
    known = await known_identity(tx, community_id, document)
    if known is not None and known.state is IdentityState.LINKED and known.member_id == member_id:
        return known.id
    await forget_identity(tx, actor, community_id, member_id, linked)
    command = LinkIdentity(provider=PROVIDER, subject=_subject(document))
    try:
        identity = await link(tx, actor, community_id, member_id, command)
    except IdentityTaken as taken:
        raise NotUnique("externalId already taken") from taken
    return identity.id


async def forget_identity(
    tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, linked: UUID | None
) -> None:
    """Revoke the identity of a user, unless it has become another's meanwhile."""
    known = await tx.first(THE_IDENTITY, {"identity_id": linked}) if linked is not None else None
    if known is not None and known.state is IdentityState.LINKED and known.member_id == member_id:
        await unlink(tx, actor, community_id, member_id, known.id)

"""Verify identities: POST /identities/{id}/verify -> how it was shown to be theirs -> IdentityVerified."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.identities import rules
from services.membership.identities.rules import LOGIN_PROVIDER, IdentityState, Method, Standing
from services.membership.identities.view import IdentityView, view_of
from services.membership.models import THE_MEMBER, Identity, Member, Person
from shared.contracts.membership import IdentityVerified
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition, NotFound
from shared.route import Command, Router, Write
from shared.store import Tx, constant
from shared.subjects import identity_of

router = Router(tags=["identities"])

THE_PERSON = constant(select(Person).where(col(Person.id) == sa.bindparam("person_id")))


class VerifyIdentity(Command):
    """How the member showed that the identity is theirs."""

    method: Method


class NotTheirLogin(Conflict):
    """By `login` only the identity is verified that the member signs in with."""

    title = "Not what the member signs in with"


async def is_login(tx: Tx, member: Member, provider: str, id_: UUID) -> bool:
    """Whether that identity is the login of the person behind the member."""
    if provider != LOGIN_PROVIDER or member.person_id is None:
        return False
    person = await tx.one(THE_PERSON, {"person_id": member.person_id})
    subject = rules.login_subject(person.issuer, person.subject)
    return id_ == identity_of(member.community_id, LOGIN_PROVIDER, subject)


async def verify(
    tx: Tx, _actor: Actor, community_id: UUID, member_id: UUID, identity_id: UUID, command: VerifyIdentity
) -> IdentityView:
    """Note that an identity is the member's indeed; once."""
    identity = await tx.lock(Identity, identity_id)
    if identity.member_id != member_id or identity.state is not IdentityState.LINKED:
        raise NotFound
    if identity.verified_at is not None:
        raise InvalidTransition(state=Standing.VERIFIED.value, allowed=[])
    member = await tx.one(THE_MEMBER, {"member_id": member_id})
    if command.method is Method.LOGIN and not await is_login(tx, member, identity.provider, identity.id):
        raise NotTheirLogin
    verified = await tx.update(Identity, identity_id, verified_at=tx.now, method=command.method)
    tx.publish(IdentityVerified(community_id=community_id, identity_id=identity_id, member_id=member_id))
    tx.audit("identity.verify", identity_id)
    return view_of(verified)


@router.post(
    "/v1/communities/{community_id}/members/{member_id}/identities/{identity_id}/verify",
    allows="identity.link",
)
async def post_verify(
    community_id: UUID, member_id: UUID, identity_id: UUID, command: VerifyIdentity, write: Write
) -> IdentityView:
    return await write(verify, community_id, member_id, identity_id, command)

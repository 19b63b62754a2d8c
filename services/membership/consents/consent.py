"""Consent: PUT, DELETE, GET /members/{id}/consents -> one's word, or proof -> ConsentGiven, -Withdrawn."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.consents.ledger import LATEST, give, withdraw
from services.membership.consents.rules import ProofKind, Purpose
from services.membership.members.profile import is_oneself, require_self_or_manager
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_MEMBER, THE_MEMBER, Consent, Member
from shared.identity import Actor
from shared.problems import Conflict, NotFound, Unprocessable
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, scope

router = Router(tags=["consents"])

PolicyVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", max_length=40)]


class Proof(Command):
    """How an admin knows that somebody agreed, and where that lies."""

    kind: ProofKind
    reference: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class GiveConsent(Command):
    """The version of the policy that was agreed to; whoever writes it down for somebody else has proof."""

    policy_version: PolicyVersion
    proof: Proof | None = None


class ConsentView(View):
    """A consent and its end; `proof` is empty where the member gave it themselves."""

    id: UUID
    subject_id: UUID
    purpose: Purpose
    policy_version: str
    proof: dict[str, Any]
    given_at: datetime
    withdrawn_at: datetime | None


class ProofNeeded(Unprocessable):
    """Nobody agrees for somebody else; what they signed elsewhere can be written down."""

    title = "Say how you know that they agreed"


class NotActive(Conflict):
    title = "Only active members agree to anything"


async def agree(
    tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, purpose: Purpose, command: GiveConsent
) -> Consent:
    """Agree to a purpose, or write down that somebody did."""
    member = await _own_member(tx, actor, member_id)
    if member.state is not MemberState.ACTIVE:
        raise NotActive(state=member.state.value)
    oneself = is_oneself(actor, member)
    if not oneself and command.proof is None:
        raise ProofNeeded
    proof = command.proof.model_dump(mode="json") if command.proof is not None else {}
    consent = await give(tx, community_id, member_id, purpose, command.policy_version, proof)
    if not oneself:
        tx.audit("consent.record", f"{member_id}:{purpose.value}")
    return consent


async def disagree(
    tx: Tx, actor: Actor, _community_id: UUID, member_id: UUID, purpose: Purpose
) -> Consent | None:
    """No longer agree, or write down that somebody does not; whoever left may still do so."""
    member = await _own_member(tx, actor, member_id)
    ended = await withdraw(tx, member_id, purpose)
    if ended is None:
        raise NotFound
    if not is_oneself(actor, member):
        tx.audit("consent.withdraw", f"{member_id}:{purpose.value}")
    return None


async def _own_member(tx: Tx, actor: Actor, member_id: UUID) -> Member:
    member = await tx.one(HOLD_MEMBER, {"member_id": member_id})
    require_self_or_manager(actor, member)
    return member


async def history(tx: Tx, actor: Actor, member_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """Every consent a member ever gave, newest first."""
    require_self_or_manager(actor, await tx.one(THE_MEMBER, {"member_id": member_id}))
    given = select(Consent).where(scope(Consent), col(Consent.subject_id) == member_id)
    return await tx.page(given, by=(Consent.id,), limit=limit, cursor=cursor, descending=True)


async def latest(tx: Tx, actor: Actor, member_id: UUID, purpose: Purpose) -> Consent:
    """The newest consent to a purpose, in force or withdrawn."""
    require_self_or_manager(actor, await tx.one(THE_MEMBER, {"member_id": member_id}))
    return await tx.one(LATEST, {"subject_id": member_id, "purpose": purpose})


@router.put("/v1/communities/{community_id}/members/{member_id}/consents/{purpose}", allows="consent.write")
async def put_consent(
    community_id: UUID, member_id: UUID, purpose: Purpose, command: GiveConsent, write: Write
) -> ConsentView:
    return await write(agree, community_id, member_id, purpose, command)


@router.delete(
    "/v1/communities/{community_id}/members/{member_id}/consents/{purpose}",
    status_code=204,
    allows="consent.write",
)
async def delete_consent(community_id: UUID, member_id: UUID, purpose: Purpose, write: Write) -> None:
    return await write(disagree, community_id, member_id, purpose)


@router.get("/v1/communities/{community_id}/members/{member_id}/consents", allows="consent.read")
async def list_consents(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    member_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ConsentView]:
    return await read(history, member_id, limit, cursor)


@router.get("/v1/communities/{community_id}/members/{member_id}/consents/{purpose}", allows="consent.read")
async def get_consent(
    community_id: UUID,  # noqa: ARG001 - as above
    member_id: UUID,
    purpose: Purpose,
    read: Read,
) -> ConsentView:
    return await read(latest, member_id, purpose)

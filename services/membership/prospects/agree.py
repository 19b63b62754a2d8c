"""What prospects agreed to: kept in the ledger of consents, in force until they withdraw."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.communities.interest import PolicyVersion
from services.membership.consents import ledger
from services.membership.consents.rules import Purpose
from services.membership.models import Prospect
from services.membership.prospects import rules
from shared.problems import Conflict
from shared.route import Command
from shared.store import Tx


class Agreement(Command):
    """To what somebody agreed, under which version of the policy, and how that can be shown."""

    purpose: Purpose
    policy_version: PolicyVersion
    proof: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class ConsentMissing(Conflict):
    """Contacting somebody takes their consent to e-mail or direct messages."""

    title = "No consent to be contacted"


async def agree(tx: Tx, community_id: UUID, prospect_id: UUID, agreement: Agreement) -> None:
    """Record a consent of a prospect this transaction has inserted or locked."""
    proof = {} if agreement.proof is None else {"note": agreement.proof}
    given = await ledger.give(
        tx, community_id, prospect_id, agreement.purpose, agreement.policy_version, proof
    )
    await tx.update(Prospect, prospect_id, consent_id=given.id)


async def require_contact_consent(tx: Tx, prospect_id: UUID) -> None:
    """Raise `ConsentMissing` unless the prospect agreed to be contacted, and still does."""
    for purpose in rules.CONTACT_PURPOSES:
        if await ledger.has_consent(tx, prospect_id, purpose):
            return
    raise ConsentMissing


async def withdraw_consents(tx: Tx, prospect_id: UUID) -> None:
    """End every consent of the prospect."""
    for purpose in Purpose:
        await ledger.withdraw(tx, prospect_id, purpose)

"""The ledger of consents itself: one in force for each purpose, everything before it kept."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.consents.rules import Purpose
from services.membership.models import Consent
from shared.contracts.membership import ConsentGiven, ConsentWithdrawn
from shared.store import Tx, constant, scope

_OF_SUBJECT = (scope(Consent), col(Consent.subject_id) == sa.bindparam("subject_id"))
IN_FORCE = constant(
    select(Consent).where(
        *_OF_SUBJECT, col(Consent.purpose) == sa.bindparam("purpose"), col(Consent.withdrawn_at).is_(None)
    )
)
LATEST = constant(
    select(Consent)
    .where(*_OF_SUBJECT, col(Consent.purpose) == sa.bindparam("purpose"))
    .order_by(col(Consent.id).desc())
    .limit(1)
)
REPLACE = constant(
    sa.update(Consent)
    .where(
        *_OF_SUBJECT,
        col(Consent.purpose) == sa.bindparam("for_purpose"),
        col(Consent.withdrawn_at).is_(None),
    )
    .values(withdrawn_at=sa.bindparam("now", type_=Consent.__table__.c.withdrawn_at.type))  # type: ignore[attr-defined]
)


async def has_consent(tx: Tx, subject_id: UUID, purpose: Purpose) -> bool:
    """Whether a member or prospect agrees to the purpose now."""
    return await tx.first(IN_FORCE, {"subject_id": subject_id, "purpose": purpose}) is not None


async def give(
    tx: Tx, community_id: UUID, subject_id: UUID, purpose: Purpose, policy_version: str, proof: dict[str, Any]
) -> Consent:
    """Write down that somebody agrees; the same version again changes nothing, another takes its place.

    The caller holds the subject's row, so that of two at once the second sees the first.
    """
    known = await tx.first(IN_FORCE, {"subject_id": subject_id, "purpose": purpose})
    if known is not None and known.policy_version == policy_version:
        return known
    if known is not None:
        await tx.execute(REPLACE, {"subject_id": subject_id, "for_purpose": purpose, "now": tx.now})
    consent = Consent(
        community_id=community_id,
        subject_id=subject_id,
        purpose=purpose,
        policy_version=policy_version,
        proof=proof,
        given_at=tx.now,
    )
    await tx.insert(consent)
    tx.publish(
        ConsentGiven(
            community_id=community_id,
            consent_id=consent.id,
            subject_id=subject_id,
            purpose=purpose.value,
        )
    )
    return consent


async def withdraw(tx: Tx, subject_id: UUID, purpose: Purpose) -> Consent | None:
    """Write down that somebody no longer agrees; None when they did not."""
    known = await tx.first(IN_FORCE, {"subject_id": subject_id, "purpose": purpose})
    if known is None:
        return None
    ended = await tx.lock(Consent, known.id, withdrawn_at=tx.now)
    tx.publish(
        ConsentWithdrawn(
            community_id=known.community_id,
            consent_id=known.id,
            subject_id=subject_id,
            purpose=purpose.value,
        )
    )
    return ended

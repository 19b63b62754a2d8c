"""Who agrees: POST /internal/consents/read -> of up to 500 members or prospects, those who do now."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.consents.rules import Purpose
from services.membership.models import Consent
from shared.identity import Actor
from shared.route import Command, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["internal"])


class ReadConsents(Command):
    """Members and prospects of one community, and what for."""

    community_id: UUID
    subject_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    purpose: Purpose


class GivenConsent(View):
    """Somebody agrees; `consent_id` and `version` are those of the facts about it."""

    subject_id: UUID
    consent_id: UUID
    version: int
    policy_version: str
    given_at: datetime


class GivenConsents(View):
    """Those who agree, and the ids of those who do not or whom nobody knows."""

    items: list[GivenConsent]
    missing: list[UUID]


async def consents_of(tx: Tx, _actor: Actor, command: ReadConsents) -> GivenConsents:
    """The consents in force, each subject once."""
    tx.within(command.community_id)
    wanted = set(command.subject_ids)
    rows = await tx.all(
        select(Consent)
        .where(
            scope(Consent),
            col(Consent.subject_id).in_(wanted),
            col(Consent.purpose) == command.purpose,
            col(Consent.withdrawn_at).is_(None),
        )
        .order_by(col(Consent.subject_id))
    )
    items = [
        GivenConsent(
            subject_id=row.subject_id,
            consent_id=row.id,
            version=row.version,
            policy_version=row.policy_version,
            given_at=row.given_at,
        )
        for row in rows
    ]
    return GivenConsents(items=items, missing=sorted(wanted - {row.subject_id for row in rows}))


@router.post("/internal/consents/read", callers={"engagement", "events", "metrics", "webhooks"})
async def post_consents_read(command: ReadConsents, read: Read) -> GivenConsents:
    return await read(consents_of, command)

"""Propose something to a partner: POST /partners/{id}/propositions -> versions 1..n -> PropositionDrafted."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AfterValidator, Field
from sqlmodel import col, select

from services.membership import rules as moments
from services.membership.models import Partner, Proposition
from services.membership.partners import rules
from services.membership.partners.propositions import PropositionView
from shared.contracts.membership import PropositionDrafted
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Instant, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["partners"])

Until = Annotated[Instant, AfterValidator(moments.moment)]
Items = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]],
    Field(min_length=1, max_length=20),
]
HOLD_PARTNER = constant(
    select(Partner)
    .where(scope(Partner), col(Partner.id) == sa.bindparam("partner_id"))
    .with_for_update(key_share=True)
)
LATEST = constant(
    select(Proposition)
    .where(scope(Proposition), col(Proposition.partner_id) == sa.bindparam("partner_id"))
    .order_by(col(Proposition.number).desc())
    .limit(1)
)


class Propose(Command):
    """What the community gives, what it asks for, and until when the partner may answer."""

    gives: Items
    asks: Items
    valid_until: Until


class PartnerClosed(Conflict):
    """Nothing is proposed to a partner that declined, or once the partnership ended."""

    title = "Nothing can be proposed to this partner"


class PropositionOpen(Conflict):
    """One version at a time: `number` is the one to withdraw or have answered first."""

    title = "Another version is open"


class ValidUntilPassed(Unprocessable):
    title = "Valid until a moment that has passed"


async def hold_partner(tx: Tx, partner_id: UUID) -> Partner:
    """The partner, so that its propositions follow one another; raises unless something can be proposed."""
    partner = await tx.one(HOLD_PARTNER, {"partner_id": partner_id})
    if not rules.takes_propositions(partner.state):
        raise PartnerClosed(state=partner.state.value)
    return partner


async def draft(
    tx: Tx, community_id: UUID, partner_id: UUID, number: int, content: dict[str, Any]
) -> Proposition:
    """Write version `number`; the caller holds the partner."""
    if content["valid_until"] <= tx.now:
        raise ValidUntilPassed
    proposition = Proposition(
        **content,
        community_id=community_id,
        partner_id=partner_id,
        number=number,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(proposition)
    tx.publish(
        PropositionDrafted(
            community_id=community_id,
            proposition_id=proposition.id,
            partner_id=partner_id,
            number=number,
        )
    )
    return proposition


async def propose(
    tx: Tx, _actor: Actor, community_id: UUID, partner_id: UUID, command: Propose
) -> Proposition:
    """Draft the next version, once the one before is closed."""
    await hold_partner(tx, partner_id)
    latest = await tx.first(LATEST, {"partner_id": partner_id})
    if latest is not None and rules.standing(latest.state, latest.valid_until, tx.now) in rules.OPEN:
        raise PropositionOpen(number=latest.number)
    number = 1 if latest is None else latest.number + 1
    proposition = await draft(tx, community_id, partner_id, number, command.model_dump())
    tx.audit("proposition.draft", proposition.id)
    return proposition


@router.post(
    "/v1/communities/{community_id}/partners/{partner_id}/propositions",
    status_code=201,
    allows="partner.manage",
)
async def post_proposition(
    community_id: UUID, partner_id: UUID, command: Propose, write: Write
) -> PropositionView:
    return await write(propose, community_id, partner_id, command)

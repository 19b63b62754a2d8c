"""Read what a partner was proposed: GET /partners/{id}/propositions -> versions as they stand now."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Path
from sqlmodel import col, select

from services.membership.models import Proposition
from services.membership.partners import rules
from services.membership.partners.find import THE_PARTNER
from services.membership.partners.rules import PropositionState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["partners"])

Number = Annotated[int, Path(ge=1, le=10_000)]
THE_PROPOSITION = constant(
    select(Proposition).where(
        scope(Proposition),
        col(Proposition.partner_id) == sa.bindparam("partner_id"),
        col(Proposition.number) == sa.bindparam("number"),
    )
)


class PropositionView(View):
    """A version of what is proposed; `state` is as it stands now."""

    id: UUID
    partner_id: UUID
    number: int
    gives: list[str]
    asks: list[str]
    valid_until: datetime
    state: PropositionState
    offered_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def as_it_stands(proposition: Any, now: datetime) -> PropositionView:
    """The proposition, expired from its time on even if that is not written down yet."""
    kept = {name: getattr(proposition, name) for name in PropositionView.model_fields}
    standing = rules.standing(proposition.state, proposition.valid_until, now)
    return PropositionView.model_validate(kept | {"state": standing})


async def proposition_of(tx: Tx, _actor: Actor, partner_id: UUID, number: int) -> PropositionView:
    """One version."""
    row = await tx.one(THE_PROPOSITION, {"partner_id": partner_id, "number": number})
    return as_it_stands(row, tx.now)


async def propositions(tx: Tx, _actor: Actor, partner_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """The versions in the order of their numbers."""
    await tx.one(THE_PARTNER, {"partner_id": partner_id})
    statement = select(Proposition).where(scope(Proposition), col(Proposition.partner_id) == partner_id)
    page = await tx.page(statement, by=(Proposition.number,), limit=limit, cursor=cursor)
    return Page(items=[as_it_stands(row, tx.now) for row in page.items], next_cursor=page.next_cursor)


@router.get("/v1/communities/{community_id}/partners/{partner_id}/propositions", allows="partner.read")
async def list_propositions(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    partner_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PropositionView]:
    return await read(propositions, partner_id, limit, cursor)


@router.get(
    "/v1/communities/{community_id}/partners/{partner_id}/propositions/{number}", allows="partner.read"
)
async def get_proposition(
    community_id: UUID,  # noqa: ARG001 - as above
    partner_id: UUID,
    number: Number,
    read: Read,
) -> PropositionView:
    return await read(proposition_of, partner_id, number)

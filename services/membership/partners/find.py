"""Find and read partners: GET /partners -> for the team, contacts for those who manage partners."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.sealing import known_sealer
from services.membership.models import Partner
from services.membership.partners.rules import PartnerState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["partners"])

PARTNERS = constant(select(Partner).where(scope(Partner)))
THE_PARTNER = constant(select(Partner).where(scope(Partner), col(Partner.id) == sa.bindparam("partner_id")))


class ContactView(View):
    """Whom to speak to, and how."""

    name: str
    contact: str
    position: str | None


class PartnerView(View):
    """A partner organisation; `contacts` is null for those who do not manage partners."""

    id: UUID
    community_id: UUID
    name: str
    interests: list[str]
    expertise: list[str]
    contacts: list[ContactView] | None
    channel: str | None
    state: PartnerState
    created_at: datetime
    updated_at: datetime
    version: int


async def shown(tx: Tx, actor: Actor, partners: Sequence[Partner]) -> list[PartnerView]:
    """The partners as the caller may see them."""
    open_to_all = actor.may("partner.manage", "membership")
    vault = await known_sealer(tx) if open_to_all and any(each.contacts for each in partners) else None
    views = []
    for each in partners:
        kept = {name: getattr(each, name) for name in PartnerView.model_fields}
        contacts: list[dict[str, Any]] | None = [] if open_to_all else None
        if vault is not None and each.contacts is not None:
            contacts = json.loads(vault.unseal(each.contacts, about=str(each.id)))
        views.append(PartnerView.model_validate(kept | {"contacts": contacts}))
    return views


async def partners(
    tx: Tx, actor: Actor, state: PartnerState | None, limit: int, cursor: str | None
) -> Page[Any]:
    """Partners in the order they were identified."""
    statement = PARTNERS if state is None else PARTNERS.where(col(Partner.state) == state)
    page = await tx.page(statement, by=(Partner.created_at, Partner.id), limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


async def partner_of(tx: Tx, actor: Actor, partner_id: UUID) -> PartnerView:
    """The partner."""
    (view,) = await shown(tx, actor, [await tx.one(THE_PARTNER, {"partner_id": partner_id})])
    return view


@router.get("/v1/communities/{community_id}/partners", allows="partner.read")
async def list_partners(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: PartnerState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PartnerView]:
    return await read(partners, state, limit, cursor)


@router.get("/v1/communities/{community_id}/partners/{partner_id}", allows="partner.read")
async def get_partner(community_id: UUID, partner_id: UUID, read: Read) -> PartnerView:  # noqa: ARG001 - as above
    return await read(partner_of, partner_id)

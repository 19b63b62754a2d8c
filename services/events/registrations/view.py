"""Registrations as their holders and the organisers see them."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.models import OFFER_IS_OPEN, Offer, Registration
from services.events.registrations.rules import RegistrationSource, RegistrationState
from services.events.sealing import known_sealer
from shared.route import View
from shared.store import Tx, constant, scope


class GuestView(View):
    name: str
    email: str


class RegistrationView(View):
    """A registration; `seq` is its place in the order of the event, `offer_expires_at` that of an open offer.

    `reconfirm`: the event was moved, and they are asked whether they come then."""

    id: UUID
    event_id: UUID
    member_id: UUID | None
    guest: GuestView | None
    party_size: int
    answers: dict[str, str] | None
    accessibility_needs: str | None
    source: RegistrationSource
    series_registration_id: UUID | None
    state: RegistrationState
    seq: int
    offer_expires_at: AwareDatetime | None
    late: bool
    reconfirm: bool
    reason: str | None
    confirmed_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    checked_in_at: AwareDatetime | None
    checked_out_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


_KEPT_OTHERWISE = {"guest": "guest", "answers": "answers", "accessibility_needs": "needs"}
_PLAIN = [
    name for name in RegistrationView.model_fields if name not in {*_KEPT_OTHERWISE, "offer_expires_at"}
]


async def shown(tx: Tx, rows: Sequence[Registration]) -> list[RegistrationView]:
    """Registrations as callers who may see all of them do."""
    sealed = any(getattr(row, column) for row in rows for column in _KEPT_OTHERWISE.values())
    vault = await known_sealer(tx) if sealed else None
    offered = [row.id for row in rows if row.state is RegistrationState.OFFERED]
    offers = await tx.all(OPEN_OFFERS, {"ids": offered}) if offered else []
    ends = {offer.registration_id: offer.expires_at for offer in offers}
    views = []
    for row in rows:
        given: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
        for name, column in _KEPT_OTHERWISE.items():
            text = getattr(row, column)
            opened = vault is not None and text is not None
            given[name] = json.loads(vault.unseal(text, about=f"{row.id}:{column}")) if opened else None  # type: ignore[union-attr]
        views.append(RegistrationView(**given, offer_expires_at=ends.get(row.id)))
    return views


async def shown_one(tx: Tx, row: Registration) -> RegistrationView:
    """The registration."""
    (view,) = await shown(tx, [row])
    return view


OPEN_OFFERS = constant(
    select(Offer).where(
        scope(Offer),
        OFFER_IS_OPEN,
        col(Offer.registration_id).in_(
            sa.bindparam("ids", type_=Offer.__table__.c.registration_id.type, expanding=True)  # type: ignore[attr-defined]
        ),
    )
)

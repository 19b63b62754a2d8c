"""Find and read prospects: GET /prospects -> for those who run the community -> contacts unsealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.sealing import known_sealer
from services.membership.models import Prospect
from services.membership.prospects.rules import ProspectState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["prospects"])

PROSPECTS = constant(select(Prospect).where(scope(Prospect)))
THE_PROSPECT = constant(
    select(Prospect).where(scope(Prospect), col(Prospect.id) == sa.bindparam("prospect_id"))
)
SEALED = ("contact", "name", "notes")


class ProspectView(View):
    """A prospect; what was erased is null."""

    id: UUID
    community_id: UUID
    state: ProspectState
    contact: str | None
    name: str | None
    notes: str | None
    source_channel: str
    interests: list[str]
    need_refs: list[UUID]
    consent_id: UUID | None
    member_id: UUID | None
    contacted_at: datetime | None
    forgotten_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def about(prospect_id: UUID, field: str) -> str:
    """What a sealed text is bound to: it fits one field of one prospect only."""
    return f"{prospect_id}:{field}"


async def shown(tx: Tx, prospects: Sequence[Prospect]) -> list[ProspectView]:
    """The prospects with their texts unsealed."""
    vault = await known_sealer(tx)
    views = []
    for each in prospects:
        kept = {name: getattr(each, name) for name in ProspectView.model_fields}
        if vault is not None:
            sealed = {field: kept[field] for field in SEALED if kept[field] is not None}
            kept |= {f: vault.unseal(text, about=about(each.id, f)) for f, text in sealed.items()}
        views.append(ProspectView.model_validate(kept))
    return views


async def prospects(
    tx: Tx, _actor: Actor, state: ProspectState | None, limit: int, cursor: str | None
) -> Page[Any]:
    """Prospects in the order they were captured."""
    statement = PROSPECTS if state is None else PROSPECTS.where(col(Prospect.state) == state)
    page = await tx.page(statement, by=(Prospect.created_at, Prospect.id), limit=limit, cursor=cursor)
    return Page(items=await shown(tx, page.items), next_cursor=page.next_cursor)


async def prospect_of(tx: Tx, _actor: Actor, prospect_id: UUID) -> ProspectView:
    """The prospect."""
    (view,) = await shown(tx, [await tx.one(THE_PROSPECT, {"prospect_id": prospect_id})])
    return view


@router.get("/v1/communities/{community_id}/prospects", allows="prospect.manage")
async def list_prospects(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: ProspectState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ProspectView]:
    return await read(prospects, state, limit, cursor)


@router.get("/v1/communities/{community_id}/prospects/{prospect_id}", allows="prospect.manage")
async def get_prospect(community_id: UUID, prospect_id: UUID, read: Read) -> ProspectView:  # noqa: ARG001 - as above
    return await read(prospect_of, prospect_id)

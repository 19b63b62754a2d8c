"""Find and read stakeholders: GET /stakeholders -> for those who run the community."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import Stakeholder
from services.membership.stakeholders.rules import Side, StakeholderState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["stakeholders"])

STAKEHOLDERS = constant(select(Stakeholder).where(scope(Stakeholder)))
THE_STAKEHOLDER = constant(
    select(Stakeholder).where(scope(Stakeholder), col(Stakeholder.id) == sa.bindparam("stakeholder_id"))
)


class StakeholderView(View):
    """A stakeholder; `influence` is 1 (little) to 5."""

    id: UUID
    community_id: UUID
    name: str
    organisation: str | None
    side: Side
    interest: str | None
    influence: int
    member_id: UUID | None
    state: StakeholderState
    created_at: datetime
    updated_at: datetime
    version: int


async def stakeholders(
    tx: Tx, _actor: Actor, state: StakeholderState | None, limit: int, cursor: str | None
) -> Page[Any]:
    """Stakeholders in the order they were added."""
    statement = STAKEHOLDERS if state is None else STAKEHOLDERS.where(col(Stakeholder.state) == state)
    return await tx.page(statement, by=(Stakeholder.created_at, Stakeholder.id), limit=limit, cursor=cursor)


async def stakeholder_of(tx: Tx, _actor: Actor, stakeholder_id: UUID) -> Stakeholder:
    """The stakeholder."""
    return await tx.one(THE_STAKEHOLDER, {"stakeholder_id": stakeholder_id})


@router.get("/v1/communities/{community_id}/stakeholders", allows="stakeholder.manage")
async def list_stakeholders(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: StakeholderState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[StakeholderView]:
    return await read(stakeholders, state, limit, cursor)


@router.get("/v1/communities/{community_id}/stakeholders/{stakeholder_id}", allows="stakeholder.manage")
async def get_stakeholder(
    community_id: UUID,  # noqa: ARG001 - as above
    stakeholder_id: UUID,
    read: Read,
) -> StakeholderView:
    return await read(stakeholder_of, stakeholder_id)

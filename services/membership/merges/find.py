"""Read merges: GET /merges, GET /merges/{id} -> newest last, with how much went over."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.merges.rules import MergeState
from services.membership.models import Merge
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["merges"])

_THE_MERGE = select(Merge).where(scope(Merge), col(Merge.id) == sa.bindparam("merge_id"))
THE_MERGE = constant(_THE_MERGE)
HOLD_MERGE = constant(_THE_MERGE.with_for_update())
"""The merge, locked until commit."""


class MergeView(View):
    """A merge; `moved` says of what how much went over to the survivor, the last time it was applied."""

    id: UUID
    survivor_id: UUID
    merged_id: UUID
    state: MergeState
    reason: str | None
    moved: dict[str, int]
    proposed_by: str
    reversible_until: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def view_of(merge: Merge) -> MergeView:
    return MergeView(
        id=merge.id,
        survivor_id=merge.survivor_id,
        merged_id=merge.merged_id,
        state=merge.state,
        reason=merge.reason,
        moved={what: len(things) for what, things in merge.moved.items() if isinstance(things, list)},
        proposed_by=merge.proposed_by,
        reversible_until=merge.reversible_until,
        created_at=merge.created_at,
        updated_at=merge.updated_at,
        version=merge.version,
    )


async def merges(tx: Tx, _actor: Actor, limit: int, cursor: str | None) -> Page[MergeView]:
    """Every merge, oldest first."""
    every: Any = select(Merge).where(scope(Merge))
    page = await tx.page(every, by=(Merge.created_at, Merge.id), limit=limit, cursor=cursor)
    return Page(items=[view_of(each) for each in page.items], next_cursor=page.next_cursor)


async def merge_of(tx: Tx, _actor: Actor, merge_id: UUID) -> MergeView:
    """The merge."""
    return view_of(await tx.one(THE_MERGE, {"merge_id": merge_id}))


@router.get("/v1/communities/{community_id}/merges", allows="merge.manage")
async def list_merges(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MergeView]:
    return await read(merges, limit, cursor)


@router.get("/v1/communities/{community_id}/merges/{merge_id}", allows="merge.manage")
async def get_merge(community_id: UUID, merge_id: UUID, read: Read) -> MergeView:  # noqa: ARG001 - as above
    return await read(merge_of, merge_id)

"""Find and read formats: GET /formats -> the catalogue, each with what it achieved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.formats.achieved import AchievedView, achieved_by
from services.events.formats.rules import Effort, FormatState, Setting
from services.events.models import THE_FORMAT, Format
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["formats"])


class FormatView(View):
    """A way to meet, and what came of it; `suggested_by` is the option that was chosen and means it."""

    id: UUID
    community_id: UUID
    key: str
    name: str
    description: str | None
    default_minutes: int
    setting: Setting
    learning_outcomes: list[str]
    effort: Effort | None
    state: FormatState
    suggested_by: UUID | None
    achieved: AchievedView
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


async def shown(tx: Tx, formats: Sequence[Format]) -> list[FormatView]:
    """The formats with what they achieved."""
    achieved = await achieved_by(tx, [each.id for each in formats])
    names = FormatView.model_fields.keys() - {"achieved"}
    return [
        FormatView.model_validate(
            {name: getattr(each, name) for name in names} | {"achieved": achieved[each.id]}
        )
        for each in formats
    ]


async def formats_of(
    tx: Tx, _actor: Actor, _community_id: UUID, state: FormatState | None, limit: int, cursor: str | None
) -> Page[Any]:
    """The catalogue in the order it grew."""
    statement = select(Format).where(scope(Format))
    if state is not None:
        statement = statement.where(col(Format.state) == state)
    page = await tx.page(statement, by=(Format.created_at, Format.id), limit=limit, cursor=cursor)
    return Page(items=await shown(tx, page.items), next_cursor=page.next_cursor)


async def format_of(tx: Tx, _actor: Actor, _community_id: UUID, format_id: UUID) -> FormatView:
    """The format."""
    (view,) = await shown(tx, [await tx.one(THE_FORMAT, {"format_id": format_id})])
    return view


@router.get("/v1/communities/{community_id}/formats", allows="event.read")
async def get_formats(
    community_id: UUID,
    read: Read,
    state: FormatState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FormatView]:
    return await read(formats_of, community_id, state, limit, cursor)


@router.get("/v1/communities/{community_id}/formats/{format_id}", allows="event.read")
async def get_format(community_id: UUID, format_id: UUID, read: Read) -> FormatView:
    return await read(format_of, community_id, format_id)

"""Find and read series: GET /event-series -> what the caller may know of, in the order they were created."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.events.models import Organiser, Series
from services.events.series.rules import SeriesState
from services.events.series.view import SeriesView, shown, visible_series
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router
from shared.store import Tx, scope

router = Router(tags=["series"])


@dataclass(frozen=True, slots=True)
class SeriesFilter:
    """Only series that match everything given."""

    group_id: UUID | None = None
    state: SeriesState | None = None
    format_id: UUID | None = None
    uid: str | None = None

    def conditions(self) -> list[Any]:
        """The filter as conditions of a statement."""
        given = {name: getattr(self, name) for name in ("group_id", "state", "format_id", "uid")}
        return [col(getattr(Series, name)) == value for name, value in given.items() if value is not None]


async def list_of(
    tx: Tx, actor: Actor, _community_id: UUID, only: SeriesFilter, limit: int, cursor: str | None
) -> Page[Any]:
    """The series, drafts only for those who manage them."""
    statement = select(Series).where(scope(Series), *only.conditions())
    if not actor.may("event.manage", "events"):
        own = select(Organiser.of_id).where(scope(Organiser), col(Organiser.member_id) == actor.member_id)
        statement = statement.where(sa.or_(col(Series.announced).is_(True), col(Series.id).in_(own)))
    page = await tx.page(statement, by=(Series.created_at, Series.id), limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


async def series_of(tx: Tx, actor: Actor, _community_id: UUID, series_id: UUID) -> SeriesView:
    """The series."""
    (view,) = await shown(tx, actor, [await visible_series(tx, actor, series_id)])
    return view


@router.get("/v1/communities/{community_id}/event-series", allows="event.read")
async def get_event_series(
    community_id: UUID,
    read: Read,
    group: UUID | None = None,
    state: SeriesState | None = None,
    format: UUID | None = None,
    uid: Annotated[str, Field(max_length=255)] | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SeriesView]:
    return await read(list_of, community_id, SeriesFilter(group, state, format, uid), limit, cursor)


@router.get("/v1/communities/{community_id}/event-series/{series_id}", allows="event.read")
async def get_one_event_series(community_id: UUID, series_id: UUID, read: Read) -> SeriesView:
    return await read(series_of, community_id, series_id)

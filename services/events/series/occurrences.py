"""List the occurrences of a series: GET /event-series/{id}/occurrences -> its events, in order of start."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.events.rules import EventState
from services.events.models import Event
from services.events.series.view import visible_series
from shared.identity import Actor
from shared.route import Cursor, Day, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["series"])


class OccurrenceView(View):
    """An event of a series: `recurrence_id` is its start by the rule, null once it is no occurrence any more.

    One that is `overridden` was changed by itself."""

    event_id: UUID
    recurrence_id: str | None
    overridden: bool
    title: str
    tz: str
    all_day: bool
    starts_local: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    state: EventState


_OF_SERIES = select(Event).where(scope(Event), col(Event.series_id) == sa.bindparam("series_id"))
_RANGE = {
    (has_first, has_end): constant(
        _OF_SERIES.where(
            *([col(Event.starts_local) >= sa.bindparam("first")] if has_first else []),
            *([col(Event.starts_local) < sa.bindparam("end")] if has_end else []),
        )
    )
    for has_first in (False, True)
    for has_end in (False, True)
}


async def occurrences(
    tx: Tx,
    actor: Actor,
    _community_id: UUID,
    series_id: UUID,
    first: date | None,
    end: date | None,
    limit: int,
    cursor: str | None,
) -> Page[Any]:
    """The events of the series that exist, those called off among them."""
    await visible_series(tx, actor, series_id)
    given: dict[str, Any] = {"series_id": series_id, "first": first, "end": end}
    given = {name: str(value) if isinstance(value, date) else value for name, value in given.items()}
    statement = _RANGE[first is not None, end is not None]
    page = await tx.page(statement, given, by=(Event.starts_at, Event.id), limit=limit, cursor=cursor)
    return Page(items=[_shown(event) for event in page.items], next_cursor=page.next_cursor)


def _shown(event: Event) -> OccurrenceView:
    names = OccurrenceView.model_fields.keys() - {"event_id", "tz"}
    given = {name: getattr(event, name) for name in names}
    return OccurrenceView.model_validate(given | {"event_id": event.id, "tz": event.timezone})


@router.get("/v1/communities/{community_id}/event-series/{series_id}/occurrences", allows="event.read")
async def get_occurrences(
    community_id: UUID,
    series_id: UUID,
    read: Read,
    first: Annotated[Day | None, Query(alias="from")] = None,
    end: Annotated[Day | None, Query(alias="to")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[OccurrenceView]:
    return await read(occurrences, community_id, series_id, first, end, limit, cursor)

"""Find and read events: GET /events -> what the caller may know of, in the order of their start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.access import visible_event
from services.events.events.rules import EventState
from services.events.events.view import EventView, shown
from services.events.models import Event, Organiser
from shared.identity import Actor
from shared.route import Cursor, Instant, Limit, Page, Read, Router
from shared.store import Tx, scope

router = Router(tags=["events"])


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Only events that match everything given; `starts_to` is exclusive."""

    state: EventState | None = None
    series: UUID | None = None
    group: UUID | None = None
    format: UUID | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None
    updated_since: datetime | None = None

    def conditions(self) -> list[Any]:
        """The filter as conditions of a statement."""
        exact = {
            "state": self.state,
            "series_id": self.series,
            "group_id": self.group,
            "format_id": self.format,
        }
        found = [col(getattr(Event, name)) == value for name, value in exact.items() if value is not None]
        if self.starts_from is not None:
            found.append(col(Event.starts_at) >= self.starts_from)
        if self.starts_to is not None:
            found.append(col(Event.starts_at) < self.starts_to)
        if self.updated_since is not None:
            found.append(col(Event.updated_at) >= self.updated_since)
        return found


async def events_of(
    tx: Tx, actor: Actor, _community_id: UUID, only: EventFilter, limit: int, cursor: str | None
) -> Page[Any]:
    """Events in the order of their start, or of their changes with `updated_since`."""
    statement = select(Event).where(scope(Event), *only.conditions())
    if not actor.may("event.manage", "events"):
        seen: Any = col(Event.announced).is_(True)
        if actor.member_id is not None:
            seen = sa.or_(seen, col(Event.id).in_(_organised(actor.member_id)))
        statement = statement.where(seen)
    by = (Event.starts_at, Event.id) if only.updated_since is None else (Event.updated_at, Event.id)
    page = await tx.page(statement, by=by, limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


async def event_of(tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID) -> EventView:
    """The event."""
    (view,) = await shown(tx, actor, [await visible_event(tx, actor, event_id)])
    return view


def _organised(member_id: UUID) -> Any:
    return select(Organiser.of_id).where(scope(Organiser), col(Organiser.member_id) == member_id)


@router.get("/v1/communities/{community_id}/events", allows="event.read")
async def get_events(
    community_id: UUID,
    read: Read,
    state: EventState | None = None,
    series: UUID | None = None,
    group: UUID | None = None,
    format: UUID | None = None,
    starts_from: Instant | None = None,
    starts_to: Instant | None = None,
    updated_since: Instant | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[EventView]:
    only = EventFilter(state, series, group, format, starts_from, starts_to, updated_since)
    return await read(events_of, community_id, only, limit, cursor)


@router.get("/v1/communities/{community_id}/events/{event_id}", allows="event.read", revalidates=False)
async def get_event(community_id: UUID, event_id: UUID, read: Read) -> EventView:
    return await read(event_of, community_id, event_id)

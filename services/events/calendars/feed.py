"""Calendars of a community: GET /events.ics, /events/{id}.ics -> what was announced -> text/calendar."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, select
from starlette.responses import Response

from services.events.calendars.entries import Shown, single, together
from services.events.calendars.shown import BRIEFLY, shown_of, tag_of
from services.events.calendars.write import MEDIA_TYPE, Entry, calendar
from services.events.events.access import visible_event
from services.events.models import Event
from shared.answers import Rendered
from shared.identity import Actor
from shared.route import Day, Known, Read, Router
from shared.store import Tx, scope

router = Router(tags=["calendars"])

DAYS_BACK = 90
MOST_EVENTS = 5000


Made = Callable[[], Rendered]
"""Makes an answer; to be run off the event loop."""


class Calendar(Response):
    """How a calendar is documented."""

    media_type = "text/calendar"


async def feed(
    tx: Tx, _actor: Actor, since: date | None, until: date | None, only: dict[str, UUID], known: str
) -> Made:
    """Everything announced from `since` on, 90 days back without it, at most `MOST_EVENTS` events."""
    begin = midnight(since or tx.now.date() - timedelta(days=DAYS_BACK))
    conditions: list[Any] = [col(Event.announced).is_(True), col(Event.starts_at) >= begin]
    conditions += [col(getattr(Event, name)) == value for name, value in only.items()]
    if until is not None:
        conditions.append(col(Event.starts_at) < midnight(until))
    brief = await tx.all(_in_order(sa.select(*BRIEFLY), conditions))
    shown = await shown_of(tx, brief, ends=until is not None or len(brief) == MOST_EVENTS)
    tag = tag_of(shown)
    if tag in known:
        return unchanged(tag)
    return written(replace(shown, events=await tx.all(_in_order(select(Event), conditions))), together, tag)


def _in_order(statement: Any, conditions: list[Any]) -> Any:
    ordered = statement.where(scope(Event), *conditions).order_by(col(Event.starts_at), col(Event.id))
    return ordered.limit(MOST_EVENTS)


async def one(tx: Tx, actor: Actor, event_id: UUID, known: str) -> Made:
    """One event, which may still be a draft for those who manage it."""
    event = await visible_event(tx, actor, event_id)
    shown = await shown_of(tx, [event])
    tag = tag_of(shown)
    return unchanged(tag) if tag in known else written(shown, single, tag)


def unchanged(tag: str) -> Made:
    """For whoever has the calendar already."""
    return lambda: Rendered(304, {"etag": tag, "cache-control": "private"}, b"")


def written(shown: Shown, entries: Callable[[Shown], list[Entry]], tag: str) -> Made:
    """The calendar as text."""
    headers = {"content-type": MEDIA_TYPE, "etag": tag, "cache-control": "private"}
    return lambda: Rendered(200, headers, calendar(entries(shown)))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


@router.get(
    "/v1/communities/{community_id}/events.ics",
    allows="event.read",
    response_class=Calendar,
    response_model=None,
)
async def get_calendar(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    known: Known,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
    group: UUID | None = None,
    format: UUID | None = None,
) -> Any:
    given = {"group_id": group, "format_id": format}
    only = {name: value for name, value in given.items() if value is not None}
    return await asyncio.to_thread(await read(feed, since, until, only, known, long=True))


@router.get(
    "/v1/communities/{community_id}/events/{event_id}.ics",
    allows="event.read",
    response_class=Calendar,
    response_model=None,
)
async def get_event_calendar(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    event_id: UUID,
    read: Read,
    known: Known,
) -> Any:
    return await asyncio.to_thread(await read(one, event_id, known))

"""Draft events: POST /events -> a time that can be, a format in use -> EventDrafted."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.events.events.enter import enter
from services.events.events.inputs import (
    Description,
    EventSettings,
    Members,
    Minutes,
    Time,
    Title,
    UnknownFormat,
    Window,
    columns_of,
)
from services.events.events.organisers import require_living
from services.events.events.timing import timing, window
from services.events.events.view import EventView, shown
from services.events.formats.rules import FormatState
from services.events.models import THE_FORMAT, Event
from services.events.sealing import sealer_of
from shared.identity import Actor
from shared.ids import uuid7
from shared.route import Router, Write, Zone
from shared.store import Tx

router = Router(tags=["events"])


class DraftEvent(EventSettings):
    """An event to be: `starts_at` local in `tz` or as an instant, until `ends_at` or for `duration_minutes`.

    Whoever drafts it organises it, unless `organisers` says otherwise."""

    title: Title
    description: Description | None = None
    format_id: UUID | None = None
    group_id: UUID | None = None
    tz: Zone = "UTC"
    starts_at: Time
    ends_at: Time | None = None
    duration_minutes: Minutes | None = None
    all_day: bool = False
    registration_window: Window | None = None
    organisers: Members = Field(default_factory=list)


async def draft(tx: Tx, actor: Actor, community_id: UUID, command: DraftEvent) -> EventView:
    """Prepare an event that members do not see yet."""
    event_id = uuid7()
    minutes = await require_format(tx, command.format_id, command.duration_minutes)
    time = timing(
        command.starts_at, command.tz, ends=command.ends_at, minutes=minutes, all_day=command.all_day
    )
    organisers = list(command.organisers) or ([actor.member_id] if actor.member_id else [])
    await require_living(tx, organisers)
    columns: dict[str, Any] = columns_of(command) | time._asdict()
    columns |= window(command.registration_window, command.tz, time.ends_at)
    event = Event(
        id=event_id,
        community_id=community_id,
        uid=f"{event_id}@guildhall",
        title=command.title,
        description=command.description,
        format_id=command.format_id,
        group_id=command.group_id,
        online_url=await sealed_link(tx, event_id, command),
        created_by=actor.member_id,
        created_at=tx.now,
        updated_at=tx.now,
        **columns,
    )
    await enter(tx, event, organisers)
    tx.audit("event.draft", event_id)
    (view,) = await shown(tx, actor, [event])
    return view


async def require_format(tx: Tx, format_id: UUID | None, minutes: int | None) -> int | None:
    """How long an event of this format is, unless `minutes` says so; `UnknownFormat` for a retired one."""
    if format_id is None:
        return minutes
    known = await tx.one(THE_FORMAT, {"format_id": format_id}, otherwise=UnknownFormat)
    if known.state is FormatState.RETIRED:
        raise UnknownFormat
    return known.default_minutes if minutes is None else minutes


async def sealed_link(tx: Tx, id: UUID, settings: EventSettings) -> Any:
    """The link to join by, sealed about the row it belongs to."""
    if settings.venue is None or settings.venue.online_url is None:
        return None
    return (await sealer_of(tx)).seal(settings.venue.online_url, about=f"{id}:online_url")


@router.post("/v1/communities/{community_id}/events", status_code=201, allows="event.manage")
async def post_event(community_id: UUID, command: DraftEvent, write: Write) -> EventView:
    return await write(draft, community_id, command)

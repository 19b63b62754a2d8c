"""One occurrence of a series as an event: made, brought in line with its series, or gone from it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.events.events.change import follow
from services.events.events.enter import enter
from services.events.events.inputs import columns_of
from services.events.events.organisers import organisers_of, reorganise
from services.events.events.rules import AHEAD, EventState, EventVerb
from services.events.events.steps import clock_at, take
from services.events.events.timing import timing
from services.events.models import Event, Series
from services.events.registrations.series import register_standing
from services.events.rules import local_text
from services.events.sealing import known_sealer, sealer_of
from services.events.series.inputs import SeriesSettings, settings_of
from shared.contracts.events import EventUpdated
from shared.ids import uuid7
from shared.store import Tx


class Model(NamedTuple):
    """What every occurrence of a series is made of: its settings, the link to join by, its organisers."""

    series: Series
    settings: SeriesSettings
    link: str | None
    organisers: list[UUID]


async def model_of(tx: Tx, series: Series) -> Model:
    """The model of a series' occurrences."""
    link = await _link_of(tx, series)
    organisers = (await organisers_of(tx, [series.id]))[series.id]
    return Model(series, settings_of(series.template), link, organisers)


def follows(event: Event, now: datetime) -> bool:
    """Whether an occurrence still goes with its series: it has not begun, and was not changed by itself."""
    return event.state in AHEAD and not event.overridden and event.starts_at > now


def wanted_columns(model: Model, at: datetime) -> dict[str, Any]:
    """What the event of the occurrence that starts at a local time is like, but for the link."""
    series, settings = model.series, model.settings
    minutes = series.duration_minutes
    ends = local_text(at + timedelta(minutes=minutes)) if series.all_day else None
    time = timing(local_text(at), series.timezone, ends=ends, minutes=minutes, all_day=series.all_day)
    opens, closes = (
        None if before is None else time.starts_at - timedelta(minutes=before)
        for before in (settings.opens_minutes_before, settings.closes_minutes_before)
    )
    return (
        columns_of(settings)
        | time._asdict()
        | {
            "recurrence_id": local_text(at),
            "uid": series.uid,
            "title": series.title,
            "description": series.description,
            "format_id": series.format_id,
            "group_id": series.group_id,
            "opens_at": opens,
            "closes_at": closes,
        }
    )


async def make(tx: Tx, model: Model, at: datetime) -> Event:
    """The event of an occurrence that has none: announced, and open unless it opens later."""
    event_id, columns = uuid7(), wanted_columns(model, at)
    opens, closes = columns["opens_at"], columns["closes_at"]
    is_open = (opens is None or opens <= tx.now) and (closes is None or closes > tx.now)
    event = Event(
        id=event_id,
        community_id=model.series.community_id,
        series_id=model.series.id,
        online_url=await _sealed(tx, event_id, model.link),
        state=EventState.PUBLISHED,
        created_at=tx.now,
        updated_at=tx.now,
        **columns,
    )
    event = await enter(tx, event, model.organisers, open_registration=is_open)
    return await register_standing(tx, model.series, event)


async def bring(tx: Tx, model: Model, event: Event, at: datetime, organisers: Sequence[UUID]) -> None:
    """Let a held event, with its registrations, be the occurrence at a local time; nothing if it is.

    Seats that are taken stay: the capacity does not fall below them. What need not open later opens."""
    wanted = wanted_columns(model, at)
    if wanted["capacity"] is not None:
        wanted["capacity"] = max(wanted["capacity"], event.taken)
    changes = {name: value for name, value in wanted.items() if getattr(event, name) != value}
    if await _link_of(tx, event) != model.link:
        changes["online_url"] = await _sealed(tx, event.id, model.link)
    if list(organisers) != model.organisers:
        await reorganise(tx, event, model.organisers)
    elif not changes:
        return
    moved = "starts_at" in changes or "ends_at" in changes
    if moved or changes.keys() & {"title", "venue", "online_url", "uid"}:
        changes["sequence"] = event.sequence + 1
    after = await tx.lock(Event, event.id, **changes, clock_at=clock_at(event, changes))
    tx.publish(_updated(after, moved=moved))
    after = await follow(tx, event, after, moved=moved)
    opens = after.state is EventState.PUBLISHED and after.opens_at is None
    if opens and (after.closes_at is None or after.closes_at > tx.now):
        await take(tx, after, EventVerb.OPEN_REGISTRATION)


async def rename(tx: Tx, model: Model, event: Event, at: datetime) -> None:
    """Let a held event that no longer follows its series stand for another occurrence of it, unchanged."""
    names: dict[str, Any] = {"recurrence_id": local_text(at), "uid": model.series.uid}
    if any(getattr(event, name) != value for name, value in names.items()):
        tx.publish(_updated(await tx.lock(Event, event.id, **names), moved=False))


async def let_go(tx: Tx, event: Event, reason: str) -> None:
    """Call off a held event that is no occurrence any more; should it be one again, another is made."""
    apart: dict[str, Any] = {
        "recurrence_id": None,
        "uid": f"{event.id}@guildhall",
        "sequence": event.sequence + 1,
    }
    await take(tx, event, EventVerb.CANCEL, cancel_reason=reason, **apart)


async def _sealed(tx: Tx, event_id: UUID, link: str | None) -> str | None:
    return None if link is None else (await sealer_of(tx)).seal(link, about=f"{event_id}:online_url")


async def _link_of(tx: Tx, row: Event | Series) -> str | None:
    vault = await known_sealer(tx) if row.online_url is not None else None
    if vault is None or row.online_url is None:
        return None
    return vault.unseal(row.online_url, about=f"{row.id}:online_url")


def _updated(event: Event, *, moved: bool) -> EventUpdated:
    return EventUpdated(
        community_id=event.community_id,
        event_id=event.id,
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        moved=moved,
    )

"""One event of a calendar: announced as it stands there, or brought in line with a newer revision."""

from typing import Any
from uuid import UUID

from services.events.calendars.drafts import Draft
from services.events.calendars.outcomes import NotTaken, Outcome, Source, revision
from services.events.events.change import follow
from services.events.events.enter import enter
from services.events.events.rules import AHEAD, EventState, EventVerb
from services.events.events.steps import clock_at, take
from services.events.models import Event
from services.events.rules import local_text
from services.events.sealing import known_sealer, sealer_of
from shared.contracts.events import EventCompleted, EventUpdated
from shared.store import Tx

Taken = tuple[UUID, Outcome]


async def create(tx: Tx, source: Source, draft: Draft, id_: UUID, **of: Any) -> Taken:
    """Announce it, without registration and reminders; what is past took place."""
    is_past = draft.ends_at <= tx.now
    event = Event(
        id=id_,
        community_id=source.community_id,
        **source.columns(draft),
        **_time(draft),
        venue=draft.venue,
        online_url=await _sealed(tx, draft, id_),
        state=EventState.COMPLETED if is_past else EventState.PUBLISHED,
        settled_at=tx.now if is_past else None,
        source=source.name,
        created_at=tx.now,
        updated_at=tx.now,
        **of,
    )
    await enter(tx, event, [])
    if is_past:
        await tx.lock(Event, id_)
        tx.publish(
            EventCompleted(
                community_id=event.community_id,
                event_id=id_,
                occurred_at=event.ends_at,
                series_id=event.series_id,
                format_id=event.format_id,
                organisers=[],
            )
        )
    return id_, Outcome.CREATED


async def change(tx: Tx, source: Source, draft: Draft, event: Event, **of: Any) -> Taken:
    """Bring a held event in line with a newer revision; who has a seat keeps it."""
    if event.source_hash == source.mark(draft) or draft.sequence < revision(event.source_hash):
        return event.id, Outcome.UNCHANGED
    if event.state is EventState.CANCELLED:
        raise NotTaken("it was called off here")
    if event.state not in (*AHEAD, EventState.POSTPONED):
        raise NotTaken("it has begun, or is over, and is not changed any more")
    changes = source.columns(draft) | _time(draft) | {"venue": draft.venue, "source": source.name} | of
    changes["sequence"] = max(draft.sequence, event.sequence + 1)
    if await _link(tx, event) != draft.online_url:
        changes["online_url"] = await _sealed(tx, draft, event.id)
    moved = (event.starts_at, event.ends_at) != (changes["starts_at"], changes["ends_at"])
    if event.state is EventState.POSTPONED and moved and changes["starts_at"] > tx.now:
        await take(tx, event, EventVerb.PUBLISH, **changes)
        return event.id, Outcome.CHANGED
    after = await tx.lock(Event, event.id, **changes, clock_at=clock_at(event, changes))
    tx.publish(
        EventUpdated(
            community_id=after.community_id,
            event_id=after.id,
            title=after.title,
            starts_at=after.starts_at,
            ends_at=after.ends_at,
            timezone=after.timezone,
            moved=moved,
        )
    )
    await follow(tx, event, after, moved=moved)
    return event.id, Outcome.CHANGED


def _time(draft: Draft) -> dict[str, Any]:
    return {
        "timezone": draft.start.zone,
        "all_day": draft.start.is_day,
        "starts_local": local_text(draft.start.local),
        "starts_at": draft.start.instant,
        "ends_at": draft.ends_at,
    }


async def _sealed(tx: Tx, draft: Draft, id_: UUID) -> str | None:
    if draft.online_url is None:
        return None
    return (await sealer_of(tx)).seal(draft.online_url, about=f"{id_}:online_url")


async def _link(tx: Tx, event: Event) -> str | None:
    vault = await known_sealer(tx) if event.online_url is not None else None
    if vault is None or event.online_url is None:
        return None
    return vault.unseal(event.online_url, about=f"{event.id}:online_url")

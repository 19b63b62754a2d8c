"""Events of a calendar: one by itself, or one occurrence of a series -> kept, changed or called off."""

from typing import Any
from uuid import UUID

from services.events.calendars.drafts import CalledOff, Draft
from services.events.calendars.keep_event import Taken, change, create
from services.events.calendars.outcomes import NotTaken, Outcome, Source, revision
from services.events.events.enter import enter
from services.events.events.rules import AHEAD, EventState, EventVerb
from services.events.events.steps import take
from services.events.models import HOLD_EVENT, Event, Series
from services.events.rules import local_text
from services.events.series.change import HOLD_OCCURRENCE
from shared.store import Tx

CALLED_OFF = "called off in its calendar"


async def single(tx: Tx, source: Source, each: Draft | CalledOff) -> Taken:
    """An event that stands by itself."""
    event = await tx.first(HOLD_EVENT, {"event_id": source.event_id(each.uid)})
    if isinstance(each, CalledOff):
        if event is None:
            raise NotTaken("it is called off, and not known here")
        return await call_off(tx, event, each.sequence)
    if event is None:
        return await create(tx, source, each, source.event_id(each.uid), uid=each.uid)
    return await change(tx, source, each, event)


async def occurrence(tx: Tx, source: Source, each: Draft | CalledOff, series: Series | None) -> Taken:
    """One occurrence that is not as its series says; without the series an event by itself."""
    if each.recurrence_id is None:
        raise ValueError(each.ref)
    local = local_text(each.recurrence_id.within(series.timezone if series else each.recurrence_id.zone))
    id_ = source.occurrence_id(each.uid, local)
    event = None
    if series is not None:
        event = await tx.first(HOLD_OCCURRENCE, {"series_id": series.id, "recurrence_id": local})
    if event is None:
        event = await tx.first(HOLD_EVENT, {"event_id": id_})
    of: dict[str, Any] = {"uid": f"{id_}@guildhall"}
    if series is not None:
        of = {"series_id": series.id, "recurrence_id": local, "overridden": True, "uid": series.uid}
    if isinstance(each, Draft):
        if event is None:
            return await create(tx, source, each, id_, **of)
        return await change(tx, source, each, event, **of)
    if event is None and series is not None:
        event = await _never(tx, source, series, each, local, id_)
    if event is None:
        raise NotTaken("it is called off, and not known here")
    return await call_off(tx, event, each.sequence)


async def call_off(tx: Tx, event: Event, sequence: int) -> Taken:
    """Cancel a held event and all registrations; one that is over, or called off already, stays."""
    is_ahead = event.state in (*AHEAD, EventState.POSTPONED, EventState.DRAFT)
    if not is_ahead or sequence < revision(event.source_hash):
        return event.id, Outcome.UNCHANGED
    later = max(sequence, event.sequence + 1)
    await take(tx, event, EventVerb.CANCEL, cancel_reason=CALLED_OFF, sequence=later)
    return event.id, Outcome.CHANGED


async def _never(
    tx: Tx, source: Source, series: Series, each: CalledOff, local: str, id_: UUID
) -> Event | None:
    """An occurrence that will not be and has no event yet: a draft nobody saw; None for one that was."""
    at = each.recurrence_id
    if at is None or at.instant <= tx.now:
        return None
    event = Event(
        id=id_,
        community_id=source.community_id,
        series_id=series.id,
        recurrence_id=local,
        overridden=True,
        uid=series.uid,
        title=series.title,
        timezone=series.timezone,
        all_day=series.all_day,
        starts_local=local,
        starts_at=at.instant,
        ends_at=at.instant,
        source=source.name,
        created_at=tx.now,
        updated_at=tx.now,
    )
    return await enter(tx, event, [])

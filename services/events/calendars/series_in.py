"""Series of a calendar: a recurrence set -> a series the clock makes events of, changed or ended with it."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.calendars.drafts import CalledOff, Draft
from services.events.calendars.keep_event import Taken
from services.events.calendars.outcomes import NotTaken, Outcome, Source, revision
from services.events.events.create import sealed_link
from services.events.events.inputs import Geo, Venue
from services.events.models import Series
from services.events.series.create import enter_series
from services.events.series.generate import extend
from services.events.series.inputs import SeriesSettings, columns, kept_template
from services.events.series.rules import SeriesState
from services.events.series.split import cut
from shared.contracts.events import SeriesEnded, SeriesUpdated
from shared.store import Tx, constant, scope


async def whole(tx: Tx, source: Source, each: Draft | CalledOff, series: Series | None) -> Taken:
    """A series, `series` as it is known here and held; its occurrences follow with the clock.

    What it had before today makes no events: nobody knows whether it took place."""
    if isinstance(each, CalledOff):
        if series is None:
            raise NotTaken("it is called off, and not known here")
        return await _end(tx, series, each.sequence)
    if series is None:
        return await _create(tx, source, each)
    if series.source_hash == source.mark(each) or each.sequence < revision(series.source_hash):
        return series.id, Outcome.UNCHANGED
    if each.recurrence is None:
        raise NotTaken("it recurs here, and no longer does in its calendar")
    if series.state is SeriesState.ENDED:
        raise NotTaken("it has ended, and is not changed any more")
    changes = await _said(tx, source, each, series.id)
    changes |= {"sequence": max(each.sequence, series.sequence + 1), "horizon_at": tx.now}
    after = await tx.lock(Series, series.id, **changes)
    tx.publish(SeriesUpdated(community_id=after.community_id, series_id=after.id, title=after.title))
    await extend(tx, after)
    return series.id, Outcome.CHANGED


async def _create(tx: Tx, source: Source, draft: Draft) -> Taken:
    id_ = source.series_id(draft.uid)
    taken = await tx.first(WITH_UID, {"uid": draft.uid})
    series = Series(
        id=id_,
        community_id=source.community_id,
        uid=draft.uid if taken is None else f"{id_}@guildhall",
        **await _said(tx, source, draft, id_),
        source=source.name,
        state=SeriesState.ACTIVE,
        extend_at=tx.now,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await enter_series(tx, series, [])
    return id_, Outcome.CREATED


async def _end(tx: Tx, series: Series, sequence: int) -> Taken:
    """End it; what was to come is called off."""
    if series.state is SeriesState.ENDED or sequence < revision(series.source_hash):
        return series.id, Outcome.UNCHANGED
    here = tx.now.astimezone(ZoneInfo(series.timezone)).replace(tzinfo=None, microsecond=0)
    ended = await cut(tx, series, here + timedelta(seconds=1), state=SeriesState.ENDED, horizon_at=tx.now)
    tx.publish(SeriesEnded(community_id=series.community_id, series_id=series.id))
    await extend(tx, ended)
    return series.id, Outcome.CHANGED


async def _said(tx: Tx, source: Source, draft: Draft, series_id: Any) -> dict[str, Any]:
    """The draft as columns of a series: no registration by itself, no reminders."""
    if draft.recurrence is None:
        raise ValueError(draft.ref)
    settings = SeriesSettings(venue=_venue(draft), reminders=[], opens_minutes_before=0)
    return (
        source.columns(draft)
        | columns(draft.recurrence)
        | {
            "duration_minutes": draft.minutes,
            "template": kept_template(settings),
            "online_url": await sealed_link(tx, series_id, settings),
        }
    )


def _venue(draft: Draft) -> Venue | None:
    if draft.venue is None and draft.online_url is None:
        return None
    place = draft.venue or {}
    return Venue(
        name=place.get("name"),
        address=place.get("address"),
        geo=Geo(**place["geo"]) if place.get("geo") else None,
        online_url=draft.online_url,
    )


WITH_UID = constant(select(Series).where(scope(Series), col(Series.uid) == sa.bindparam("uid")))

"""Run series: POST /event-series/{id}/activate, end -> occurrences, or no more of them -> SeriesEnded."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col

from services.events.events.access import require_manager
from services.events.models import HOLD_SERIES, Event, Series
from services.events.rules import HORIZON_DAYS
from services.events.series import rules
from services.events.series.generate import extend
from services.events.series.rules import SeriesState, SeriesVerb
from services.events.series.split import cut
from services.events.series.view import SeriesView, shown
from shared.contracts.events import SeriesEnded, SeriesUpdated
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["series"])


class EndSeries(Command):
    """Whether the occurrences that exist by now still take place; without, all to come are called off."""

    keep_to_come: bool = False


async def activate(tx: Tx, actor: Actor, _community_id: UUID, series_id: UUID) -> SeriesView:
    """Make the occurrences of a draft."""
    await _held(tx, actor, series_id, SeriesVerb.ACTIVATE)
    runs: dict[str, Any] = {"state": SeriesState.ACTIVE, "announced": True, "horizon_at": tx.now}
    series = await tx.lock(Series, series_id, **runs)
    tx.publish(SeriesUpdated(community_id=series.community_id, series_id=series_id, title=series.title))
    tx.audit("series.activate", series_id)
    (view,) = await shown(tx, actor, [await extend(tx, series)])
    return view


async def end(
    tx: Tx, actor: Actor, _community_id: UUID, series_id: UUID, command: EndSeries | None
) -> SeriesView:
    """Make no more occurrences; the rule ends where they do."""
    series = await _held(tx, actor, series_id, SeriesVerb.END)
    keeps = command is not None and command.keep_to_come
    last = series.horizon_at if keeps and series.horizon_at is not None else tx.now
    here = last.astimezone(ZoneInfo(series.timezone)).replace(tzinfo=None, microsecond=0)
    before = await _after_the_last(tx, series, here) if keeps else here + timedelta(seconds=1)
    ended = await cut(tx, series, before, state=SeriesState.ENDED, horizon_at=last)
    tx.publish(SeriesEnded(community_id=series.community_id, series_id=series_id))
    tx.audit("series.end", series_id)
    (view,) = await shown(tx, actor, [await extend(tx, ended)])
    return view


async def _after_the_last(tx: Tx, series: Series, horizon: datetime) -> datetime:
    """The local time after all there are: some lie beyond the horizon while a change is under way."""
    furthest = (tx.now + timedelta(days=HORIZON_DAYS + 1)).astimezone(ZoneInfo(series.timezone)).date()
    row: Any = await tx.one(LAST_OCCURRENCE, {"series_id": series.id, "before": furthest.isoformat()})
    last = datetime.fromisoformat(row.last) if row.last is not None else horizon
    return max(horizon, last + (timedelta(days=1) if series.all_day else timedelta(seconds=1)))


LAST_OCCURRENCE = constant(
    sa.select(sa.func.max(col(Event.recurrence_id)).label("last")).where(
        scope(Event),
        col(Event.series_id) == sa.bindparam("series_id"),
        col(Event.recurrence_id) < sa.bindparam("before"),
    )
)


async def _held(tx: Tx, actor: Actor, series_id: UUID, verb: SeriesVerb) -> Series:
    """The series, locked until commit, for somebody who manages it and may do `verb` to it now."""
    series = await tx.one(HOLD_SERIES, {"series_id": series_id})
    await require_manager(tx, actor, series)
    allowed = rules.verbs(series.state)
    if verb not in allowed:
        raise InvalidTransition(state=series.state.value, allowed=[other.value for other in allowed])
    return series


@router.post("/v1/communities/{community_id}/event-series/{series_id}/activate", allows="event.host")
async def post_series_activate(community_id: UUID, series_id: UUID, write: Write) -> SeriesView:
    return await write(activate, community_id, series_id)


@router.post("/v1/communities/{community_id}/event-series/{series_id}/end", allows="event.host")
async def post_series_end(
    community_id: UUID, series_id: UUID, write: Write, command: EndSeries | None = None
) -> SeriesView:
    return await write(end, community_id, series_id, command)

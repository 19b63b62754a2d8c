"""Bring a series' events in line with its rule, a bounded number at a time, up to the horizon.

One way for everything: a new series, one the clock carries on, one whose rule was changed, one that ended.
From `horizon_at` on, day by day, what the rule wants is compared with the events there are. One that is still
an occurrence, or another at the same day, keeps its registrations.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.organisers import organisers_of
from services.events.events.rules import AHEAD, EventState
from services.events.models import Event, Series, SeriesRegistration
from services.events.rules import HORIZON_DAYS, instant, local_text
from services.events.series.expand import OutOfSteps
from services.events.series.occurrence import Model, bring, follows, let_go, make, model_of, rename
from services.events.series.recurrence import Recurrence, parsed_kept
from services.events.series.rules import SeriesState
from shared.contracts.events import SeriesEnded
from shared.store import Tx, constant, scope

AT_ONCE = 25
"""Occurrences brought in line in one write."""
REGISTRATIONS_AT_ONCE = 250
"""Of those who come to the whole series: the more there are, the fewer occurrences in one write."""
AGAIN = timedelta(days=1)
STEPS = 200_000
"""A series that counts its occurrences is counted from its start each time."""


class Days(NamedTuple):
    """The days looked at: from midnight of the first until midnight of the last, `last` being the horizon."""

    since: datetime
    before: datetime
    last: bool


def recurrence_of(series: Series) -> Recurrence:
    """The recurrence set a series keeps."""
    return parsed_kept(
        series.starts_local,
        series.timezone,
        all_day=series.all_day,
        rrule=series.rrule,
        rdates=series.rdates,
        exdates=series.exdates,
    )


async def extend(tx: Tx, series: Series) -> Series:
    """Take a held series further by some occurrences; when all up to the horizon are, that is it for a day.

    A series whose last occurrence has begun ends by itself."""
    recurrence = recurrence_of(series)
    standing: Any = await tx.one(HOW_MANY_STAND, {"series_id": series.id})
    at_once = min(AT_ONCE, max(1, REGISTRATIONS_AT_ONCE // max(1, standing.number)))
    days, wanted = await _next_days(tx, series, recurrence, at_once)
    await _compare(tx, await model_of(tx, series), wanted, days)
    if not days.last:
        return await tx.update(
            Series, series.id, horizon_at=instant(days.before, recurrence.zone), extend_at=tx.now
        )
    horizon: dict[str, Any] = {"horizon_at": instant(days.before, recurrence.zone)}
    if series.state is not SeriesState.ACTIVE:
        return await tx.update(Series, series.id, extend_at=None, **horizon)
    here = tx.now.astimezone(recurrence.zone).replace(tzinfo=None)
    if found(recurrence, here, None, 1):
        return await tx.update(Series, series.id, extend_at=tx.now + AGAIN, **horizon)
    ended = await tx.lock(Series, series.id, state=SeriesState.ENDED, extend_at=None, **horizon)
    tx.publish(SeriesEnded(community_id=series.community_id, series_id=series.id))
    return ended


async def _next_days(
    tx: Tx, series: Series, recurrence: Recurrence, at_once: int
) -> tuple[Days, list[datetime]]:
    """The next days with no more than `at_once` occurrences or events, and the occurrences wanted there."""
    since = _midnight(max(series.horizon_at or tx.now, tx.now).astimezone(recurrence.zone).date())
    horizon = (tx.now + timedelta(days=HORIZON_DAYS + 1)).astimezone(recurrence.zone).date()
    end = before = max(_midnight(horizon), since)
    wanted = found(recurrence, since, before, at_once + 1)
    if len(wanted) > at_once:
        before = _midnight(wanted[-1].date())
    one_too_many = await tx.first(PEEK, {"series_id": series.id, **_texts(since, before), "rows": at_once})
    if one_too_many is not None:
        before = min(before, _midnight(datetime.fromisoformat(one_too_many.recurrence_id).date()))
    if before <= since < end:  # more than that on a single day
        before = since + timedelta(days=1)
        wanted = found(recurrence, since, before, None)
    return Days(since, before, last=before >= end), [at for at in wanted if at < before]


def found(
    recurrence: Recurrence, since: datetime | None, before: datetime | None, limit: int | None
) -> list[datetime]:
    """The occurrences between; what takes too many steps to find is none."""
    try:
        return list(recurrence.occurrences(since, before, limit, STEPS))
    except OutOfSteps:
        return []


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _texts(since: datetime, before: datetime) -> dict[str, str]:
    return {"since": local_text(since), "before": local_text(before)}


async def _compare(tx: Tx, model: Model, wanted: Sequence[datetime], days: Days) -> None:
    """Make what is missing, bring in line what is there, and let go of what is no longer wanted."""
    series = model.series
    events = await tx.all(HOLD_BETWEEN, {"series_id": series.id, **_texts(days.since, days.before)})
    organisers = await organisers_of(tx, [event.id for event in events])
    places = paired(wanted, events)
    for event in events:
        at = places.get(event.id)
        if at is None:
            await _let_go(tx, series, event)
        elif follows(event, tx.now):
            await bring(tx, model, event, at, organisers[event.id])
        elif event.starts_at > tx.now:
            await rename(tx, model, event, at)
    taken = set(places.values())
    for at in wanted:
        ahead = series.state is SeriesState.ACTIVE and instant(at, ZoneInfo(series.timezone)) > tx.now
        if ahead and at not in taken:
            await make(tx, model, at)


def paired(wanted: Sequence[datetime], events: Sequence[Event]) -> dict[UUID, datetime]:
    """Which event is which occurrence: the one with its very start, else the next left on the same day."""
    there = {event.recurrence_id: event for event in events}
    exact = {there[text].id: at for at in wanted if (text := local_text(at)) in there}
    left: dict[str, list[datetime]] = {}
    for at in wanted:
        if local_text(at) not in there:
            left.setdefault(local_text(at)[:10], []).append(at)
    for event in sorted(events, key=lambda each: each.recurrence_id or ""):
        on_that_day = left.get((event.recurrence_id or "")[:10], [])
        if event.id not in exact and on_that_day:
            exact[event.id] = on_that_day.pop(0)
    return exact


async def _let_go(tx: Tx, series: Series, event: Event) -> None:
    """Call off an event without an occurrence; one changed by itself only when the whole series ended."""
    if event.starts_at <= tx.now or event.state not in (*AHEAD, EventState.POSTPONED):
        return
    if series.state is SeriesState.ENDED:
        await let_go(tx, event, "the series ended")
    elif follows(event, tx.now):
        await let_go(tx, event, "no longer an occurrence of the series")


_BETWEEN = (
    scope(Event),
    col(Event.series_id) == sa.bindparam("series_id"),
    col(Event.recurrence_id) >= sa.bindparam("since"),
    col(Event.recurrence_id) < sa.bindparam("before"),
)
HOW_MANY_STAND = constant(
    sa.select(sa.func.count().label("number")).where(
        scope(SeriesRegistration),
        col(SeriesRegistration.series_id) == sa.bindparam("series_id"),
        col(SeriesRegistration.cancelled_at).is_(None),
    )
)
PEEK = constant(
    sa.select(col(Event.recurrence_id))
    .where(*_BETWEEN)
    .order_by(col(Event.recurrence_id))
    .limit(1)
    .offset(sa.bindparam("rows", type_=sa.Integer()))
)
HOLD_BETWEEN = constant(
    select(Event).where(*_BETWEEN).order_by(col(Event.id)).with_for_update(key_share=True)
)
"""Nobody else's to change until commit, in the order of their ids."""

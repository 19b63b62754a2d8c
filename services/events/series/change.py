"""Change series: PATCH /event-series/{id} -> this occurrence, those following or all -> SeriesUpdated."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.access import require_manager
from services.events.events.change import apply
from services.events.events.changes import ChangeEvent
from services.events.events.organisers import reorganise, require_living
from services.events.models import HOLD_SERIES, Event, Series
from services.events.rules import instant, local_text
from services.events.series.changes import changes_of
from services.events.series.generate import extend, found, recurrence_of
from services.events.series.inputs import ChangeSeries
from services.events.series.occurrence import make, model_of
from services.events.series.recurrence import local
from services.events.series.rules import SeriesScope, SeriesState
from services.events.series.split import split
from services.events.series.view import SeriesView, shown
from shared.contracts.events import SeriesUpdated
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["series"])

OF_AN_EVENT = {"dtstart": "starts_at"}
"""What one occurrence calls it."""


class SeriesIsOver(Conflict):
    """What has ended makes no more occurrences and is not changed."""

    title = "The series has ended"


class UnknownOccurrence(Unprocessable):
    """`recurrence_id` names an occurrence to come by its local start, and is left out where all are meant."""

    title = "No occurrence to come starts then"


class NotOfOneOccurrence(Unprocessable):
    """`fields` belong to the series, not to one of its occurrences."""

    title = "One occurrence has no rule of its own"


async def change(
    tx: Tx, actor: Actor, _community_id: UUID, series_id: UUID, command: ChangeSeries
) -> SeriesView:
    """Change what was given; the series as it is then, the new one where some follow another from now on."""
    series = await tx.one(HOLD_SERIES, {"series_id": series_id})
    await require_manager(tx, actor, series)
    tx.require_version(series.version)
    if series.state is SeriesState.ENDED:
        raise SeriesIsOver
    if command.scope is SeriesScope.ALL:
        if command.recurrence_id is not None:
            raise UnknownOccurrence
        after = await change_all(tx, series, command)
    elif command.scope is SeriesScope.THIS:
        after = await _change_this(tx, series, command)
    else:
        after = await _change_following(tx, series, command)
    tx.audit("series.change", series_id)
    (view,) = await shown(tx, actor, [after])
    return view


async def change_all(tx: Tx, series: Series, command: ChangeSeries) -> Series:
    """Change the series; occurrences to come that went with it are brought in line, some of them at once."""
    changes = await changes_of(tx, series, command)
    changes["sequence"] = series.sequence + 1
    if series.state is SeriesState.ACTIVE:
        changes["horizon_at"] = tx.now
    after = await tx.lock(Series, series.id, **changes)
    tx.publish(SeriesUpdated(community_id=series.community_id, series_id=series.id, title=after.title))
    if "organisers" in command.model_fields_set:
        await require_living(tx, command.organisers)
        await reorganise(tx, after, command.organisers)
    return await extend(tx, after) if after.state is SeriesState.ACTIVE else after


async def _change_this(tx: Tx, series: Series, command: ChangeSeries) -> Series:
    """Change one occurrence by itself; the series stays as it is."""
    given = {
        OF_AN_EVENT.get(name, name): getattr(command, name)
        for name in command.model_fields_set - {"scope", "recurrence_id"}
    }
    wrong = sorted(given.keys() - ChangeEvent.model_fields.keys())
    if wrong:
        raise NotOfOneOccurrence(fields=wrong)
    at = to_come(tx, series, command)
    event = await tx.first(HOLD_OCCURRENCE, {"series_id": series.id, "recurrence_id": local_text(at)})
    if event is None and series.state is SeriesState.ACTIVE:
        event = await make(tx, await model_of(tx, series), at)
    if event is None:
        raise UnknownOccurrence
    await apply(tx, event, ChangeEvent.model_validate(given))
    return series


async def _change_following(tx: Tx, series: Series, command: ChangeSeries) -> Series:
    at = to_come(tx, series, command)
    if not found(recurrence_of(series), None, at, 1):
        return await change_all(tx, series, command)
    begun = await split(tx, series, at)
    given = {name: getattr(command, name) for name in command.model_fields_set}
    rest = ChangeSeries.model_validate(given | {"scope": SeriesScope.ALL, "recurrence_id": None})
    return await change_all(tx, begun, rest)


def to_come(tx: Tx, series: Series, command: ChangeSeries) -> datetime:
    """The local start of the occurrence that was named; `UnknownOccurrence` when none to come starts then."""
    recurrence = recurrence_of(series)
    if command.recurrence_id is None:
        raise UnknownOccurrence
    at = local(command.recurrence_id, recurrence.zone)
    if found(recurrence, at, None, 1) != [at] or instant(at, recurrence.zone) <= tx.now:
        raise UnknownOccurrence
    return at


HOLD_OCCURRENCE = constant(
    select(Event)
    .where(
        scope(Event),
        col(Event.series_id) == sa.bindparam("series_id"),
        col(Event.recurrence_id) == sa.bindparam("recurrence_id"),
    )
    .with_for_update(key_share=True)
)


@router.patch("/v1/communities/{community_id}/event-series/{series_id}", allows="event.host", versioned=True)
async def patch_event_series(
    community_id: UUID, series_id: UUID, command: ChangeSeries, write: Write
) -> SeriesView:
    return await write(change, community_id, series_id, command)

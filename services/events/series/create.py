"""Create series: POST /event-series -> a rule that can be, its first occurrences -> SeriesCreated."""

from uuid import UUID

from services.events.events.create import require_format, sealed_link
from services.events.events.organisers import organise, require_living
from services.events.models import Series
from services.events.series.generate import extend
from services.events.series.inputs import CreateSeries, columns, kept_template, recurrence_given, whole
from services.events.series.rules import SeriesState
from services.events.series.view import SeriesView, shown
from shared.contracts.events import SeriesCreated
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["series"])


class SeriesUidTaken(Conflict):
    title = "There is a series with this uid"


async def create(tx: Tx, actor: Actor, community_id: UUID, command: CreateSeries) -> SeriesView:
    """Let events recur; the first of them exist at once, the others shortly after."""
    recurrence = recurrence_given(
        command.dtstart,
        command.tz,
        all_day=command.all_day,
        rrule=command.rrule,
        rdates=command.rdate,
        exdates=command.exdate,
    )
    minutes = await require_format(tx, command.format_id, command.duration_minutes)
    series_id = uuid7()
    series = Series(
        id=series_id,
        community_id=community_id,
        uid=command.uid or f"{series_id}@guildhall",
        title=command.title,
        description=command.description,
        format_id=command.format_id,
        group_id=command.group_id,
        duration_minutes=whole(minutes, all_day=command.all_day),
        template=kept_template(command),
        online_url=await sealed_link(tx, series_id, command),
        rsvp_scope=command.rsvp_scope,
        state=SeriesState.DRAFT if command.draft else SeriesState.ACTIVE,
        announced=not command.draft,
        created_at=tx.now,
        updated_at=tx.now,
        **columns(recurrence),
    )
    organisers = list(command.organisers) or ([actor.member_id] if actor.member_id else [])
    await enter_series(tx, series, organisers)
    tx.audit("series.create", series_id)
    kept = series if command.draft else await extend(tx, series)
    (view,) = await shown(tx, actor, [kept])
    return view


async def enter_series(tx: Tx, series: Series, organisers: list[UUID]) -> None:
    """Keep a new series and who organises it."""
    await require_living(tx, organisers)
    await tx.insert(series, conflicts={"uid": SeriesUidTaken})
    await organise(tx, series, organisers)
    tx.publish(
        SeriesCreated(
            community_id=series.community_id,
            series_id=series.id,
            title=series.title,
            format_id=series.format_id,
            group_id=series.group_id,
        )
    )


@router.post("/v1/communities/{community_id}/event-series", status_code=201, allows="event.manage")
async def post_event_series(community_id: UUID, command: CreateSeries, write: Write) -> SeriesView:
    return await write(create, community_id, command)

"""What a change says of a series, as the columns of the series that change."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.events.events.create import require_format, sealed_link
from services.events.models import Series
from services.events.rules import local_text
from services.events.series.inputs import (
    RECURRENCE,
    SETTINGS,
    ChangeSeries,
    columns,
    kept_template,
    recurrence_given,
    settings_of,
    whole,
)
from services.events.series.recurrence import local
from services.events.series.rules import with_clock_of
from shared.store import Tx

PLAIN = ("title", "description", "format_id", "group_id", "duration_minutes", "rsvp_scope")


async def changes_of(tx: Tx, series: Series, command: ChangeSeries) -> dict[str, Any]:
    """The columns of the series that change."""
    given = command.model_fields_set
    changes: dict[str, Any] = {name: getattr(command, name) for name in PLAIN if name in given}
    if "format_id" in given:
        await require_format(tx, command.format_id, None)
    if given & SETTINGS:
        settings = settings_of(series.template)
        settings = settings.model_copy(update={name: getattr(command, name) for name in given & SETTINGS})
        changes["template"] = kept_template(settings)
        if "venue" in given:
            changes["online_url"] = await sealed_link(tx, series.id, settings)
    if given & RECURRENCE:
        changes |= _recurrence(series, command)
    if given & {"all_day", "duration_minutes"}:
        minutes = changes.get("duration_minutes", series.duration_minutes)
        changes["duration_minutes"] = whole(minutes, all_day=changes.get("all_day", series.all_day))
    return changes


def _recurrence(series: Series, command: ChangeSeries) -> dict[str, Any]:
    """The recurrence set with what was given; other dates move to a new time of day with the start."""
    given = command.model_fields_set
    tz = command.tz if "tz" in given else series.timezone
    starts = local(command.dtstart, ZoneInfo(tz)) if "dtstart" in given else None
    dates = {"rdates": list(series.rdates), "exdates": list(series.exdates)}
    if starts is not None:
        old = datetime.fromisoformat(series.starts_local)
        dates = {name: [with_clock_of(starts, old, at) for at in kept] for name, kept in dates.items()}
    dates |= {f"{name}s": getattr(command, name) for name in ("rdate", "exdate") if name in given}
    return columns(
        recurrence_given(
            local_text(starts) if starts is not None else series.starts_local,
            tz,
            all_day=command.all_day if "all_day" in given else series.all_day,
            rrule=command.rrule if "rrule" in given else series.rrule,
            **dates,
        )
    )

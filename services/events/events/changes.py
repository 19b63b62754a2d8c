"""What may be changed of an event, and which columns that changes."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.events.events.create import require_format, sealed_link
from services.events.events.inputs import (
    ChangeSettings,
    Description,
    EventSettings,
    Members,
    Minutes,
    Time,
    Title,
    Window,
    columns_of,
)
from services.events.events.timing import lasting, timing, window
from services.events.models import Event
from shared.problems import Conflict
from shared.route import Zone, left_out
from shared.store import Tx


class ChangeEvent(ChangeSettings):
    """What to change; what is left out stays, and what may be missing is emptied with null."""

    title: Title = Field(default_factory=left_out)
    description: Description | None = None
    format_id: UUID | None = None
    group_id: UUID | None = None
    tz: Zone = Field(default_factory=left_out)
    starts_at: Time = Field(default_factory=left_out)
    ends_at: Time = Field(default_factory=left_out)
    duration_minutes: Minutes = Field(default_factory=left_out)
    all_day: bool = Field(default_factory=left_out)
    registration_window: Window | None = None
    organisers: Members = Field(default_factory=left_out)


class SeatsAreTaken(Conflict):
    """`taken` seats are confirmed or offered: the capacity does not fall below that."""

    title = "More seats are taken than that"


WHEN = frozenset({"tz", "starts_at", "ends_at", "duration_minutes", "all_day"})
SETTINGS = frozenset(EventSettings.model_fields)


async def changes_of(tx: Tx, event: Event, command: ChangeEvent) -> dict[str, Any]:
    """The columns that change; `SeatsAreTaken` when seats would be taken from those who have them."""
    given = command.model_fields_set
    changes: dict[str, Any] = {
        name: getattr(command, name)
        for name in ("title", "description", "format_id", "group_id")
        if name in given
    }
    if "format_id" in given:
        await require_format(tx, command.format_id, None)
    settings = EventSettings.model_validate({name: getattr(command, name) for name in given & SETTINGS})
    columns = columns_of(settings)
    for name in given & SETTINGS:
        changes |= {each: columns[each] for each in _COLUMNS.get(name, (name,))}
    if "venue" in given:
        changes["online_url"] = await sealed_link(tx, event.id, settings)
    if "capacity" in given and command.capacity is not None and command.capacity < event.taken:
        raise SeatsAreTaken(taken=event.taken)
    if given & WHEN:
        changes |= _time(event, command)
    if "registration_window" in given:
        zone = changes.get("timezone", event.timezone)
        changes |= window(command.registration_window, zone, changes.get("ends_at", event.ends_at))
    return changes


_COLUMNS = {"waitlist": ("waitlist_enabled", "waitlist_max", "offer_minutes", "allow_skip")}


def _time(event: Event, command: ChangeEvent) -> dict[str, Any]:
    given = command.model_fields_set
    return timing(
        command.starts_at if "starts_at" in given else event.starts_local,
        command.tz if "tz" in given else event.timezone,
        ends=command.ends_at if "ends_at" in given else None,
        minutes=command.duration_minutes if "duration_minutes" in given else lasting(event),
        all_day=command.all_day if "all_day" in given else event.all_day,
    )._asdict()

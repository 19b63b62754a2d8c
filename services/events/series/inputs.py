"""What is given of a series: its rule and times, and what every occurrence of it begins with."""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from services.events.events.inputs import (
    DEFAULT_DURATION,
    ChangeSettings,
    Description,
    EndsBeforeItStarts,
    EventSettings,
    Members,
    Minutes,
    Time,
    Title,
)
from services.events.rules import local_text
from services.events.series.recurrence import Recurrence, local, parse
from services.events.series.rules import RsvpScope, SeriesScope
from shared.route import Whole, Zone, left_out

RuleText = Annotated[str, Field(min_length=1, max_length=5000)]
Dates = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=1000)]
Before = Annotated[int, Field(ge=0, le=365 * 1440), Whole]


class SeriesSettings(EventSettings):
    """What every occurrence begins with; it takes registrations at once, or so long before its start."""

    opens_minutes_before: Before | None = None
    closes_minutes_before: Before | None = None


class CreateSeries(SeriesSettings):
    """Events that recur from `dtstart`, local in `tz`: by one `rrule`, on each `rdate`, not on an `exdate`.

    Whoever creates it organises it, unless `organisers` says otherwise. It runs at once, unless `draft`."""

    title: Title
    description: Description | None = None
    format_id: UUID | None = None
    group_id: UUID | None = None
    tz: Zone = "UTC"
    dtstart: Time
    all_day: bool = False
    duration_minutes: Minutes | None = None
    rrule: RuleText | None = None
    rdate: Dates = Field(default_factory=list)
    exdate: Dates = Field(default_factory=list)
    rsvp_scope: RsvpScope = RsvpScope.ONE
    organisers: Members = Field(default_factory=list)
    uid: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!-~]+$")] | None = None
    draft: bool = False


class ChangeSeries(ChangeSettings):
    """What to change, and of which occurrences; what is left out stays.

    `this` occurrence, named by its local start `recurrence_id`, then no longer follows the series; it and
    those `following` become a series of their own; of `all` to come, those changed by themselves stay.
    """

    scope: SeriesScope
    recurrence_id: Time | None = None
    title: Title = Field(default_factory=left_out)
    description: Description | None = None
    format_id: UUID | None = None
    group_id: UUID | None = None
    tz: Zone = Field(default_factory=left_out)
    dtstart: Time = Field(default_factory=left_out)
    all_day: bool = Field(default_factory=left_out)
    duration_minutes: Minutes = Field(default_factory=left_out)
    rrule: RuleText | None = None
    rdate: Dates = Field(default_factory=left_out)
    exdate: Dates = Field(default_factory=left_out)
    rsvp_scope: RsvpScope = Field(default_factory=left_out)
    organisers: Members = Field(default_factory=left_out)
    opens_minutes_before: Before | None = None
    closes_minutes_before: Before | None = None


DAY = 1440
LONGEST_DAYS = 13
SETTINGS = frozenset(SeriesSettings.model_fields)
RECURRENCE = frozenset({"tz", "dtstart", "all_day", "rrule", "rdate", "exdate"})


def recurrence_given(
    starts_at: str, tz: str, *, all_day: bool, rrule: str | None, rdates: list[str], exdates: list[str]
) -> Recurrence:
    """The recurrence set these inputs mean, or a refusal that says what is allowed."""
    begins = local_text(local(starts_at, ZoneInfo(tz)))
    start = begins[:10] if all_day else begins
    return parse(start, tz, rrule=rrule, rdates=rdates, exdates=exdates)


def whole(minutes: int | None, *, all_day: bool) -> int:
    """How long each occurrence is: an hour, or whole days, at least one, when nothing else is said."""
    if not all_day:
        return int(DEFAULT_DURATION.total_seconds() // 60) if minutes is None else minutes
    days = -(-(minutes or DAY) // DAY)
    if days > LONGEST_DAYS:
        raise EndsBeforeItStarts(f"an event of whole days has at most {LONGEST_DAYS}")
    return days * DAY


def columns(recurrence: Recurrence) -> dict[str, Any]:
    """A recurrence set as columns of a series."""
    return {
        "timezone": recurrence.zone.key,
        "all_day": recurrence.all_day,
        "starts_local": local_text(recurrence.start),
        "rrule": recurrence.rrule,
        "rdates": [local_text(at) for at in recurrence.rdates],
        "exdates": [local_text(at) for at in recurrence.exdates],
    }


def kept_template(settings: EventSettings) -> dict[str, Any]:
    """The settings as a series keeps them; the link to join by lies sealed beside them."""
    kept: dict[str, Any] = settings.model_dump(mode="json", include=set(SETTINGS))
    if kept["venue"] is not None:
        kept["venue"]["online_url"] = None
    return kept


def settings_of(template: dict[str, Any]) -> SeriesSettings:
    """The settings a series keeps."""
    return SeriesSettings.model_validate(template, strict=False)

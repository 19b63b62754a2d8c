"""The bounded inputs of events and series: what both share, and how local times and zones are given."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from services.events.events import rules
from services.events.events.rules import Approval
from services.events.reminders.rules import ReminderKind
from shared.problems import Unprocessable
from shared.route import Command, Whole, left_out

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Description = Annotated[str, Field(min_length=1, max_length=10_000)]
Minutes = Annotated[int, Field(ge=1, le=14 * 1440), Whole]
Party = Annotated[int, Field(ge=1, le=100), Whole]
Cutoff = Annotated[int, Field(ge=0, le=60 * 1440), Whole]
Seats = Annotated[int, Field(ge=1, le=100_000), Whole]
Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=20)]
Link = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s\u0085]+$")]
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
TIME = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ]{_CLOCK})?$"
_TIME = re.compile(TIME)


def _written_time(value: Any) -> Any:
    """A date, a local time or an instant, as it was written; checked against the calendar."""
    if isinstance(value, str) and _TIME.match(value):
        parsed = datetime.fromisoformat(value)
        if not 1970 <= parsed.year < 2200:
            raise ValueError("a time between 1970 and 2200")
    return value


Time = Annotated[str, Field(max_length=40, pattern=TIME), BeforeValidator(_written_time)]
"""`2026-03-08T09:00:00` is local, in the zone beside it; with an offset an instant; `2026-03-08` a day."""


def local_time(given: str, zone: str) -> datetime:
    """The naive local time a caller means: an instant counts as it is in `zone`."""
    at = datetime.fromisoformat(given)
    if at.tzinfo is not None:
        at = at.astimezone(ZoneInfo(zone))
    return at.replace(tzinfo=None, microsecond=0, fold=0)


class Geo(Command):
    """Degrees north and east (WGS 84)."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Venue(Command):
    """Where people meet; `online_url` is shown to the registered only."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    address: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    geo: Geo | None = None
    online_url: Link | None = None


class Waitlist(Command):
    """Whether people may wait, how many seats at most, and how long an offered seat is held.

    A party that does not fit keeps its place; with `allow_skip` those behind it who do fit may pass it.
    """

    enabled: bool = True
    max: Seats | None = None
    offer_minutes: Annotated[int, Field(ge=1, le=30 * 1440), Whole] = 1440
    allow_skip: bool = False


class Window(Command):
    """From when until when one may register; without `opens_at` it is opened by hand."""

    opens_at: Time | None = None
    closes_at: Time | None = None


class Audience(Command):
    """Who may register: members of any of these groups, or those entitled to `resource`."""

    groups: Annotated[list[UUID], Field(max_length=50)] = Field(default_factory=list)
    resource: Annotated[str, Field(min_length=1, max_length=120)] | None = None


class Accessibility(Command):
    """What an event has for those who need it; what is not said is not known."""

    captions: bool | None = None
    sign: bool | None = None
    step_free: bool | None = None
    quiet_room: bool | None = None
    childcare: bool | None = None
    languages: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]], Field(max_length=20)
    ] = Field(default_factory=list)
    time_zone_note: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class Cost(Command):
    """What it costs, in the smallest unit of the currency; nothing is charged here."""

    amount: Annotated[int, Field(ge=0, le=100_000_000), Whole]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class ReminderPlan(Command):
    """When to remind: `minutes` before the start (after the end), or so many `days`, `at` a local time."""

    kind: ReminderKind = ReminderKind.REMINDER
    minutes: Annotated[int, Field(ge=0, le=60 * 1440), Whole] | None = None
    days: Annotated[int, Field(ge=0, le=60), Whole] | None = None
    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "ReminderPlan":
        if (self.minutes is None) == (self.days is None) or (self.days is None and self.at is not None):
            raise ValueError("either minutes, or days, with `at` or at the event's own local time")
        return self


Plan = Annotated[list[ReminderPlan], Field(max_length=5)]
Members = Annotated[list[UUID], Field(max_length=20)]


class EventSettings(Command):
    """What an event and every occurrence of a series begin with."""

    capacity: Seats | None = None
    per_registration_max: Party = 1
    waitlist: Waitlist = Field(default_factory=Waitlist)
    approval: Approval = Approval.AUTO
    venue: Venue | None = None
    accessibility: Accessibility = Field(default_factory=Accessibility)
    audience: Audience | None = None
    cost: Cost | None = None
    cancel_cutoff_minutes: Cutoff = 0
    reminders: Plan | None = None


class ChangeSettings(Command):
    """The same for a PATCH: what is left out stays, and what may be missing is emptied with null."""

    capacity: Seats | None = None
    per_registration_max: Party = Field(default_factory=left_out)
    waitlist: Waitlist = Field(default_factory=left_out)
    approval: Approval = Field(default_factory=left_out)
    venue: Venue | None = None
    accessibility: Accessibility = Field(default_factory=left_out)
    audience: Audience | None = None
    cost: Cost | None = None
    cancel_cutoff_minutes: Cutoff = Field(default_factory=left_out)
    reminders: Plan | None = None


class UnknownFormat(Unprocessable):
    title = "No such format, or one that is retired"


class EndsBeforeItStarts(Unprocessable):
    """An event ends after its start, within 14 days of it."""

    title = "The event ends before it starts"


DEFAULT_DURATION = timedelta(hours=1)
LONGEST = timedelta(days=14)


def columns_of(settings: EventSettings) -> dict[str, Any]:
    """The settings as columns of an event, all but the link, which is sealed about a row."""
    waitlist = settings.waitlist
    venue = settings.venue.model_dump(mode="json", exclude={"online_url"}) if settings.venue else None
    given: dict[str, Any] = settings.model_dump(
        mode="json", include={"capacity", "per_registration_max", "accessibility", "audience", "cost"}
    )
    return given | {
        "venue": venue,
        "approval": settings.approval,
        "cancel_cutoff_minutes": settings.cancel_cutoff_minutes,
        "reminders": planned(settings.reminders),
        "waitlist_enabled": waitlist.enabled,
        "waitlist_max": waitlist.max,
        "offer_minutes": waitlist.offer_minutes,
        "allow_skip": waitlist.allow_skip,
    }


def planned(plan: list[ReminderPlan] | None) -> list[dict[str, Any]]:
    """The plan as it is kept; without one, a reminder the day before and a follow-up after the end."""
    if plan is None:
        return [dict(each) for each in rules.DEFAULT_REMINDERS]
    return [each.model_dump(mode="json", exclude_none=True) for each in plan]

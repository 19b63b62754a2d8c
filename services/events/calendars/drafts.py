"""What a calendar says, once understood: events and series to be, and what is called off."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.events.calendars.moments import Moment
from services.events.rules import local_text
from services.events.series.recurrence import Recurrence


@dataclass(frozen=True, slots=True)
class Refused:
    """A component that cannot be taken as it stands, and why."""

    index: int
    ref: str
    reason: str


TWICE = "its UID stands here twice: the first counts"


@dataclass(frozen=True, slots=True)
class CalledOff:
    """An event or series, or with `recurrence_id` one occurrence, that its calendar says will not be."""

    index: int
    ref: str
    uid: str
    sequence: int
    recurrence_id: Moment | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An event; with `recurrence` a series, with `recurrence_id` one occurrence of a series.

    `ref` names it in its source: its UID, and its RECURRENCE-ID as it stands there. `remarks` say what of it
    was not taken."""

    index: int
    ref: str
    uid: str
    sequence: int
    title: str
    description: str | None
    venue: dict[str, Any] | None
    online_url: str | None
    categories: tuple[str, ...]
    start: Moment
    ends_at: datetime
    recurrence_id: Moment | None
    recurrence: Recurrence | None
    remarks: tuple[str, ...] = field(default=(), compare=False)

    @property
    def minutes(self) -> int:
        """How long it lasts, in whole minutes; whole days have 1440 each, whatever the clocks do."""
        if self.start.is_day:
            over = self.ends_at.astimezone(ZoneInfo(self.start.zone)).date()
            return (over - self.start.local.date()).days * 1440
        return int((self.ends_at - self.start.instant).total_seconds() // 60)

    def digest(self, **about: Any) -> str:
        """The same for the same content and the same `about`: what has not changed is not touched."""
        rule = self.recurrence
        content = {
            "said": [self.title, self.description, self.venue, self.online_url, self.categories],
            "when": [local_text(self.start.local), self.start.zone, self.start.is_day, self.ends_at],
            "recurs": rule and [rule.rrule, rule.rdates, rule.exdates],
            "sequence": self.sequence,
            "about": about,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


Understood = Draft | CalledOff | Refused

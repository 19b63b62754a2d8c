"""What an event goes through, by whom and by the clock, and when its registration is open."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple


class EventState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    REGISTRATION_OPEN = "registration_open"
    REGISTRATION_CLOSED = "registration_closed"
    POSTPONED = "postponed"
    LIVE = "live"
    COMPLETED = "completed"
    EVALUATED = "evaluated"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class EventVerb(StrEnum):
    PUBLISH = "publish"
    OPEN_REGISTRATION = "open-registration"
    CLOSE_REGISTRATION = "close-registration"
    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    POSTPONE = "postpone"
    EVALUATE = "evaluate"
    ARCHIVE = "archive"


class Approval(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"


_S = EventState
_AHEAD = frozenset({_S.PUBLISHED, _S.REGISTRATION_OPEN, _S.REGISTRATION_CLOSED})
_FROM: dict[EventVerb, frozenset[EventState]] = {
    EventVerb.PUBLISH: frozenset({_S.DRAFT, _S.POSTPONED}),
    EventVerb.OPEN_REGISTRATION: frozenset({_S.PUBLISHED, _S.REGISTRATION_CLOSED}),
    EventVerb.CLOSE_REGISTRATION: frozenset({_S.REGISTRATION_OPEN}),
    EventVerb.START: _AHEAD,
    EventVerb.COMPLETE: frozenset({_S.LIVE}),
    EventVerb.CANCEL: frozenset({_S.DRAFT, _S.POSTPONED}) | _AHEAD,
    EventVerb.POSTPONE: _AHEAD,
    EventVerb.EVALUATE: frozenset({_S.COMPLETED}),
    EventVerb.ARCHIVE: frozenset({_S.EVALUATED, _S.CANCELLED}),
}
_TO: dict[EventVerb, EventState] = {
    EventVerb.PUBLISH: _S.PUBLISHED,
    EventVerb.OPEN_REGISTRATION: _S.REGISTRATION_OPEN,
    EventVerb.CLOSE_REGISTRATION: _S.REGISTRATION_CLOSED,
    EventVerb.START: _S.LIVE,
    EventVerb.COMPLETE: _S.COMPLETED,
    EventVerb.CANCEL: _S.CANCELLED,
    EventVerb.POSTPONE: _S.POSTPONED,
    EventVerb.EVALUATE: _S.EVALUATED,
    EventVerb.ARCHIVE: _S.ARCHIVED,
}
SETTLED_AFTER = timedelta(hours=2)
"""How long after its end an event's attendance is settled: whoever did not come then counts as no-show."""
AHEAD = _AHEAD
"""Announced and not begun."""
TAKES_REGISTRATIONS = frozenset({_S.REGISTRATION_OPEN})
TAKES_FROM_ORGANISERS = _AHEAD | {_S.LIVE}
"""Organisers put people on the list until the event is over."""
OVER = frozenset({_S.COMPLETED, _S.EVALUATED, _S.ARCHIVED, _S.CANCELLED})


DEFAULT_REMINDERS: tuple[dict[str, Any], ...] = (
    {"kind": "reminder", "days": 1},
    {"kind": "follow_up", "minutes": 60},
)
"""The day before at the same local time, and an hour after the end."""


def verbs(state: EventState) -> list[EventVerb]:
    """What may be done with an event now."""
    return [verb for verb in EventVerb if state in _FROM[verb]]


def after(verb: EventVerb) -> EventState:
    """The state `verb` leads to."""
    return _TO[verb]


class Times(NamedTuple):
    """The moments that move an event by themselves."""

    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    settled_at: datetime | None


class Due(NamedTuple):
    """What the clock does next to an event, at `at`; without a verb attendance is settled."""

    at: datetime
    verb: EventVerb | None


def next_due(state: EventState, times: Times) -> Due | None:
    """What time does next: registration opens and closes, the event starts, completes, is settled.

    Registration opens at `opens_at`, by hand without one, and closes at `closes_at` or with the start. What
    was closed by hand stays closed: only a published event opens by itself."""
    if state is EventState.PUBLISHED:
        opens = times.opens_at
        if opens is not None and opens < times.starts_at:
            return Due(opens, EventVerb.OPEN_REGISTRATION)
        return _start(times)
    if state is EventState.REGISTRATION_OPEN:
        closes = times.closes_at
        if closes is not None and closes < times.starts_at:
            return Due(closes, EventVerb.CLOSE_REGISTRATION)
        return _start(times)
    if state is EventState.REGISTRATION_CLOSED:
        return _start(times)
    if state is EventState.LIVE:
        return Due(times.ends_at, EventVerb.COMPLETE)
    if state in (EventState.COMPLETED, EventState.EVALUATED) and times.settled_at is None:
        return Due(times.ends_at + SETTLED_AFTER, None)
    return None


def _start(times: Times) -> Due:
    return Due(times.starts_at, EventVerb.START)

"""What a calendar shows: events and series as kept -> an entry per event, or per series and exception."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.events.calendars.recur import recurrence
from services.events.calendars.rules import Status
from services.events.calendars.write import Entry, Said, at
from services.events.events.rules import EventState
from services.events.models import Event, Series
from services.events.rules import instant


@dataclass(frozen=True, slots=True)
class Shown:
    """Events in the order of their start, with what is said of them that stands elsewhere.

    When it `ends`, events behind the last one were left out."""

    ends: bool
    events: Sequence[Event]
    series: Mapping[UUID, Series]
    speakers: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    categories: Mapping[UUID, str] = field(default_factory=dict)
    links: Mapping[UUID, str] = field(default_factory=dict)


def single(shown: Shown) -> list[Entry]:
    """Each event by itself; an occurrence keeps the UID of its series and says which one it is."""
    return [_entry(event, shown) for event in shown.events]


def together(shown: Shown) -> list[Entry]:
    """Events by themselves; series as one entry, and one for each occurrence that is not as the others.

    What is no occurrence of its series any more was called off: to clients it is left out of the series."""
    entries = [_entry(event, shown) for event in shown.events if event.series_id is None]
    recurring: dict[UUID, dict[datetime, Event]] = {}
    for event in shown.events:
        if event.series_id is not None and event.recurrence_id is not None:
            rows = recurring.setdefault(event.series_id, {})
            rows[datetime.fromisoformat(event.recurrence_id)] = event
    for series_id, rows in recurring.items():
        entries.extend(_series(shown.series[series_id], rows, shown))
    return entries


def _series(series: Series, rows: Mapping[datetime, Event], shown: Shown) -> Iterator[Entry]:
    """The series, made of its occurrences by their start by the rule, and those that are not as it says."""
    start, lines = recurrence(series, rows.keys(), ends=shown.ends)
    master = Entry(
        uid=series.uid,
        sequence=series.sequence,
        updated_at=series.updated_at,
        status=Status.CONFIRMED,
        said=Said(
            series.title,
            series.description,
            _place(series.template.get("venue")),
            shown.categories.get(series.format_id) if series.format_id else None,
        ),
        timezone=series.timezone,
        all_day=series.all_day,
        starts_local=start,
        ends_at=_over(series, start),
        rules=lines,
    )
    yield master
    for local, event in sorted(rows.items()):
        own = _entry(event, shown)
        if not _is_plain(own, master, local, _over(series, local)):
            yield own


def _over(series: Series, local: datetime) -> datetime:
    """When the occurrence that begins at `local` ends."""
    length, zone = timedelta(minutes=series.duration_minutes), ZoneInfo(series.timezone)
    return instant(local + length, zone) if series.all_day else instant(local, zone) + length


def _is_plain(own: Entry, master: Entry, local: datetime, ends_at: datetime) -> bool:
    """Whether the series already says all of an occurrence."""
    when = (own.starts_local, own.timezone, own.all_day, own.ends_at)
    expected = (local, master.timezone, master.all_day, ends_at)
    return when == expected and own.status is master.status and own.said == master.said


def _entry(event: Event, shown: Shown) -> Entry:
    recurrence_id, uid = None, event.uid
    if event.series_id is not None and event.recurrence_id is not None:
        series = shown.series[event.series_id]
        local, uid = datetime.fromisoformat(event.recurrence_id), series.uid
        recurrence_id = at(local, series.timezone, all_day=series.all_day)
    return Entry(
        uid=uid,
        sequence=event.sequence,
        updated_at=event.updated_at,
        status=_status(event),
        said=Said(
            event.title,
            event.description,
            _place(event.venue),
            shown.categories.get(event.format_id) if event.format_id else None,
            shown.speakers.get(event.id, ()),
            shown.links.get(event.id),
        ),
        timezone=event.timezone,
        all_day=event.all_day,
        starts_local=datetime.fromisoformat(event.starts_local),
        ends_at=event.ends_at,
        recurrence_id=recurrence_id,
    )


def _place(venue: dict[str, Any] | None) -> dict[str, Any] | None:
    """Where it is, as everybody may know it."""
    known = {name: venue[name] for name in ("name", "address", "geo") if venue.get(name)} if venue else {}
    return known or None


def _status(event: Event) -> Status:
    """A postponed event has no time yet, only the one it had."""
    if event.state is EventState.POSTPONED:
        return Status.TENTATIVE
    called_off = event.state is EventState.ARCHIVED and event.settled_at is None
    return Status.CANCELLED if called_off or event.state is EventState.CANCELLED else Status.CONFIRMED

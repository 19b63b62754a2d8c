"""Write calendars: events and series -> the text of a VCALENDAR that every client reads alike (RFC 5545)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.events.calendars.lines import escaped, folded
from services.events.calendars.rules import Status
from services.events.calendars.vtimezone import vtimezone
from services.events.rules import instant

MEDIA_TYPE = "text/calendar; charset=utf-8"
IN_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "UCT", "Zulu", "Etc/Universal", "Universal"})
BEYOND_YEARS = 5
"""How long the zones of a series that does not end are defined."""
BEGIN = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Guildhall//events//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    "X-PUBLISHED-TTL:PT1H",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an event beside its time."""

    title: str
    description: str | None = None
    venue: dict[str, Any] | None = None
    category: str | None = None
    speakers: tuple[str, ...] = ()
    link: str | None = None
    """Only for whoever may know it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One VEVENT: a series with `rules`, one occurrence of the series with its UID with `recurrence_id`."""

    uid: str
    sequence: int
    updated_at: datetime
    status: Status
    said: Said
    timezone: str
    all_day: bool
    starts_local: datetime
    ends_at: datetime
    recurrence_id: str | None = None
    rules: tuple[str, ...] = ()


def calendar(entries: Sequence[Entry]) -> bytes:
    """The whole text, its lines escaped, folded and ended as RFC 5545 asks for."""
    return "".join(map(folded, _lines(entries))).encode()


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    yield from BEGIN
    for zone, (first, last) in sorted(_zones(entries).items()):
        yield from vtimezone(zone, first, last)
    for each in entries:
        yield from _vevent(each)
    yield "END:VCALENDAR"


def _zones(entries: Iterable[Entry]) -> dict[str, tuple[int, int]]:
    """The zones that are named, and the years they are needed for."""
    found: dict[str, tuple[int, int]] = {}
    for each in entries:
        if not each.all_day and each.timezone not in IN_UTC:
            last = each.ends_at.year + (BEYOND_YEARS if each.rules else 0)
            first, other = found.get(each.timezone, (each.starts_local.year, last))
            found[each.timezone] = min(first, each.starts_local.year), max(other, last)
    return found


def _vevent(entry: Entry) -> Iterator[str]:
    stamp = in_utc(entry.updated_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    if entry.recurrence_id is not None:
        yield f"RECURRENCE-ID{entry.recurrence_id}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"DTSTART{at(entry.starts_local, entry.timezone, all_day=entry.all_day)}"
    yield from _end(entry)
    yield from entry.rules
    yield f"STATUS:{entry.status}"
    yield from _said(entry.said)
    yield "END:VEVENT"


def _end(entry: Entry) -> Iterator[str]:
    """DTEND, behind the last day of a day, and nothing for what takes no time."""
    local = entry.ends_at.astimezone(ZoneInfo(entry.timezone))
    if entry.all_day:
        if local.date() > entry.starts_local.date():
            yield f"DTEND;VALUE=DATE:{local:%Y%m%d}"
    elif local.fold:
        yield f"DTEND:{in_utc(entry.ends_at)}"  # local it would mean the hour before
    elif entry.ends_at > instant(entry.starts_local, ZoneInfo(entry.timezone)):
        yield f"DTEND{at(local, entry.timezone, all_day=False)}"


def _said(said: Said) -> Iterator[str]:
    yield f"SUMMARY:{escaped(said.title)}"
    description = said.description or ""
    if said.speakers:
        names = f"Speakers: {', '.join(said.speakers)}"
        description = f"{description}\n\n{names}" if description else names
    if description:
        yield f"DESCRIPTION:{escaped(description)}"
    venue = said.venue or {}
    place = ", ".join(venue[part] for part in ("name", "address") if venue.get(part))
    if place:
        yield f"LOCATION:{escaped(place)}"
    if venue.get("geo"):
        yield f"GEO:{venue['geo']['lat']:.6f};{venue['geo']['lon']:.6f}"
    if said.category:
        yield f"CATEGORIES:{escaped(said.category)}"
    if said.link:
        link = "".join(each for each in said.link if each.isprintable() and each != " ")
        yield f"URL:{link}"
        yield f"CONFERENCE;VALUE=URI:{link}"


def at(local: datetime, zone: str, *, all_day: bool) -> str:
    """What follows the name of a property whose value is this local time, or this day."""
    if all_day:
        return f";VALUE=DATE:{local:%Y%m%d}"
    if zone in IN_UTC:
        return f":{local:%Y%m%dT%H%M%S}Z"
    return f";TZID={zone}:{local:%Y%m%dT%H%M%S}"


def in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"

"""Import calendars: POST /events/import -> a piece of iCalendar text, each UID once -> facts of an import."""

import asyncio
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.events.calendars.drafts import Understood
from services.events.calendars.outcomes import Outcome, Source
from services.events.calendars.read import read
from services.events.calendars.rules import PIECE_EVENTS
from services.events.calendars.take_in import take_in
from shared.identity import Actor
from shared.problems import Unprocessable
from shared.route import Command, Router, View, Write, Zone
from shared.store import Tx

router = Router(tags=["calendars"])

BODY_LIMIT_BYTES = 10_000_000
MOST_REMARKS = 200
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class ImportCalendar(Command):
    """A calendar or a part of one; times without a zone count in the one it names, else in `zone`."""

    source: Word
    calendar: Annotated[str, Field(min_length=1, max_length=BODY_LIMIT_BYTES)]
    group_id: UUID | None = None
    zone: Zone | None = None


class ImportedView(View):
    """What became of one component, `index` counting them from 0; `id` is an event's or a series'.

    `reason` says why it was refused, or what of it was not taken."""

    index: int
    ref: str
    id: UUID | None
    outcome: Outcome
    reason: str | None


class RemarkView(View):
    """Where something between the components could not be read, and why."""

    where: str
    reason: str


class ImportedCalendarView(View):
    items: list[ImportedView]
    not_understood: list[RemarkView]


class TooManyEvents(Unprocessable):
    """A piece holds at most `limit` components; a larger calendar is imported in several."""

    title = "Too many events at once"


def understood(text: str, zone: str | None) -> tuple[list[Understood], list[RemarkView]]:
    """What a text says, and what of it could not be read; takes its time, so not on the event loop."""
    remarks: list[RemarkView] = []

    def note(line: int, reason: str) -> None:
        if len(remarks) < MOST_REMARKS:
            remarks.append(RemarkView(where=f"line {line}", reason=reason))

    found = read(text, zone, note, PIECE_EVENTS + 1)
    if len(found) > PIECE_EVENTS:
        raise TooManyEvents(limit=PIECE_EVENTS)
    return found, remarks


async def import_calendar(
    tx: Tx,
    _actor: Actor,
    source: Source,
    found: list[Understood],
    remarks: list[RemarkView],
) -> ImportedCalendarView:
    """Keep what is new or has changed; the same piece again changes nothing."""
    done = await take_in(tx, source, found)
    if any(each.outcome in (Outcome.CREATED, Outcome.CHANGED) for each in done):
        tx.audit("event.import", source.name)
    items = [ImportedView.model_validate(each) for each in done]
    return ImportedCalendarView(items=items, not_understood=remarks)


@router.post(
    "/v1/communities/{community_id}/events/import", allows="event.import", body_limit=BODY_LIMIT_BYTES
)
async def post_events_import(
    community_id: UUID, command: ImportCalendar, write: Write
) -> ImportedCalendarView:
    found, remarks = await asyncio.to_thread(understood, command.calendar, command.zone)
    source = Source(community_id, command.source, command.group_id)
    return await write(import_calendar, source, found, remarks)

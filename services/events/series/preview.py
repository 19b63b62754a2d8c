"""Preview a recurrence: POST /event-series/preview -> its first occurrences, whatever the horizon."""

from itertools import chain
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.events.rules import instant, local_text
from services.events.series.recurrence import parse
from services.events.series.rrule import OneRuleOnly
from shared.identity import Actor
from shared.route import Command, Read, Router, View, Whole
from shared.store import Tx

router = Router(tags=["series"])

LARGEST_COUNT = 10_000
Text = Annotated[str, Field(max_length=12_000)]
Texts = Text | Annotated[list[Annotated[str, Field(max_length=10_000)]], Field(max_length=1000)] | None


class PreviewSeries(Command):
    """A recurrence set as RFC 5545 has it; the times local in `tz`, basic or extended, or with an offset.

    A list may also be given as one text with commas. `exrule` is there to be refused by its name."""

    dtstart: Text
    rrule: Texts = None
    rdate: Texts = None
    exdate: Texts = None
    exrule: Texts = None
    tz: Text = "UTC"
    limit: Annotated[int, Field(ge=1, le=1000), Whole] = 100


class PreviewView(View):
    """The occurrences as instants and, at the same places, as local times; `complete` when no more follow."""

    occurrences: list[str]
    local: list[str]
    timezone: str
    complete: bool


async def preview(_tx: Tx, _actor: Actor, _community_id: UUID, command: PreviewSeries) -> PreviewView:
    """The first occurrences; changes nothing."""
    rules = [command.rrule] if isinstance(command.rrule, str) else list(command.rrule or [])
    if len(rules) > 1 or command.exrule:
        raise OneRuleOnly(allowed=["one RRULE", "RDATE", "EXDATE"])
    given = parse(
        command.dtstart,
        command.tz,
        rrule=rules[0] if rules else None,
        rdates=_listed(command.rdate),
        exdates=_listed(command.exdate),
        largest_count=LARGEST_COUNT,
    )
    found, complete = given.first(command.limit)
    return PreviewView(
        occurrences=[f"{instant(at, given.zone):%Y-%m-%dT%H:%M:%SZ}" for at in found],
        local=[local_text(at) for at in found],
        timezone=given.zone.key,
        complete=complete,
    )


def _listed(texts: Texts) -> list[str]:
    given = [texts] if isinstance(texts, str) else texts or []
    return [each for each in chain.from_iterable(text.split(",") for text in given) if each.strip()]


@router.post("/v1/communities/{community_id}/event-series/preview", allows="event.read")
async def post_series_preview(community_id: UUID, command: PreviewSeries, read: Read) -> PreviewView:
    return await read(preview, community_id, command)

"""What stands beside events in a calendar: their series, speakers and formats, and a tag over all of it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.calendars.entries import Shown
from services.events.models import Event, Format, Series, Speaker, SpeakerInvitation
from services.events.speakers.rules import ON_STAGE
from shared.store import Tx, constant, scope

AT_ONCE = 500
"""Ids in one statement."""


async def shown_of(
    tx: Tx,
    events: Sequence[Any],
    *,
    ends: bool = False,
    links: Mapping[UUID, str] | None = None,
) -> Shown:
    """The events, or what `BRIEFLY` tells of them, with all that their calendar says beside."""
    series: dict[UUID, Series] = {}
    speakers: dict[UUID, tuple[str, ...]] = {}
    of_series = sorted({event.series_id for event in events if event.series_id is not None})
    for at in range(0, len(of_series), AT_ONCE):
        rows = await tx.all(SOME_SERIES, {"ids": of_series[at : at + AT_ONCE]})
        series |= {row.id: row for row in rows}
    ids = [event.id for event in events]
    for at in range(0, len(ids), AT_ONCE):
        for row in await tx.all(SPEAKERS, {"ids": ids[at : at + AT_ONCE]}):
            speakers[row.event_id] = (*speakers.get(row.event_id, ()), row.name)
    used = any(event.format_id is not None for event in events)
    categories = {row.id: row.key for row in (await tx.all(FORMATS) if used else [])}
    return Shown(ends, events, series, speakers, categories, links or {})


def tag_of(shown: Shown) -> str:
    """An entity tag that is another one whenever the calendar is."""
    rows: list[Any] = [*shown.events, *shown.series.values()]
    digest = hashlib.sha256(str(shown.ends).encode())
    for row in rows:
        digest.update(row.id.bytes + row.version.to_bytes(8, "big"))
    for part in (shown.speakers, shown.categories, shown.links):
        digest.update(repr(sorted(part.items())).encode())
    return f'"{digest.hexdigest()[:32]}"'


BRIEFLY = tuple(col(getattr(Event, name)) for name in ("id", "version", "series_id", "format_id"))
"""Enough of an event to say whether a calendar changed."""
_IDS: Any = sa.bindparam("ids", expanding=True)
SOME_SERIES = constant(select(Series).where(scope(Series), col(Series.id).in_(_IDS)))
FORMATS = constant(sa.select(col(Format.id), col(Format.key)).where(scope(Format)))
SPEAKERS = constant(
    sa.select(col(SpeakerInvitation.event_id), col(Speaker.name))
    .join(Speaker, col(Speaker.id) == col(SpeakerInvitation.speaker_id))
    .where(
        scope(SpeakerInvitation),
        scope(Speaker),
        col(SpeakerInvitation.event_id).in_(_IDS),
        col(SpeakerInvitation.state).in_(ON_STAGE),
    )
    .order_by(col(SpeakerInvitation.event_id), col(Speaker.name))
)

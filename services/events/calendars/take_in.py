"""Take a calendar in: what was understood of it -> events and series, each UID once -> facts of an import.

What has not changed since it was last taken is not touched, an older revision neither (RFC 5545, 3.8.7.4).
Whatever was understood of a piece is kept together or not at all.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.events.calendars import events_in, series_in
from services.events.calendars.drafts import TWICE, CalledOff, Draft, Refused, Understood
from services.events.calendars.outcomes import Done, NotTaken, Outcome, Source
from services.events.formats.rules import FormatState
from services.events.models import HOLD_SERIES, THE_EVENT, THE_SERIES, Format
from services.events.series.create import SeriesUidTaken
from shared.facts import ActorRef
from shared.problems import Unavailable
from shared.store import ConstraintViolated, Tx, constant, scope

OWN = "@guildhall"
"""What a UID ends with that was made here."""


class ImportCollided(Unavailable):
    """Somebody else took the same calendar in meanwhile; nothing was kept, the same may be sent again."""

    title = "Imported meanwhile"


async def take_in(tx: Tx, source: Source, understood: Sequence[Understood]) -> list[Done]:
    """What became of each, in the order given; series go before what is said of their occurrences."""
    tx.told_by(ActorRef(kind="import", id=source.name))
    source.formats.update(await _formats(tx))
    done: dict[int, Done] = {}
    seen: dict[str, int] = {}
    for each in sorted(understood, key=_in_order):
        if isinstance(each, Refused):
            done[each.index] = Done(each.index, each.ref, None, Outcome.REFUSED, each.reason)
        elif seen.get(each.ref, -1) >= each.sequence:
            done[each.index] = Done(each.index, each.ref, None, Outcome.REFUSED, TWICE)
        else:
            seen[each.ref] = each.sequence
            done[each.index] = await _one(tx, source, each)
    return [done[index] for index in sorted(done)]


def _in_order(each: Understood) -> tuple[bool, int]:
    return (not isinstance(each, Refused) and each.recurrence_id is not None, each.index)


async def _one(tx: Tx, source: Source, each: Draft | CalledOff) -> Done:
    try:
        id_, outcome = await _taken(tx, source, each)
    except NotTaken as why:
        return Done(each.index, each.ref, None, Outcome.REFUSED, str(why))
    except (ConstraintViolated, SeriesUidTaken) as collision:
        raise ImportCollided from collision
    remarks = each.remarks if isinstance(each, Draft) else ()
    return Done(each.index, each.ref, id_, outcome, "; ".join(remarks) or None)


async def _taken(tx: Tx, source: Source, each: Draft | CalledOff) -> tuple[UUID, Outcome]:
    if each.uid.endswith(OWN) and await _is_own(tx, source, each.uid):
        raise NotTaken("it was made here")
    series = await tx.first(HOLD_SERIES, {"series_id": source.series_id(each.uid)})
    if each.recurrence_id is not None:
        return await events_in.occurrence(tx, source, each, series)
    if series is not None or (isinstance(each, Draft) and each.recurrence is not None):
        return await series_in.whole(tx, source, each, series)
    return await events_in.single(tx, source, each)


async def _is_own(tx: Tx, source: Source, uid: str) -> bool:
    """Whether an event or series that was made here has this UID."""
    try:
        id_ = UUID(uid.removesuffix(OWN))
    except ValueError:
        return False
    event = await tx.first(THE_EVENT, {"event_id": id_})
    series = await tx.first(THE_SERIES, {"series_id": id_})
    return any(row is not None and row.source != source.name for row in (event, series))


async def _formats(tx: Tx) -> dict[str, UUID]:
    return {row.key: row.id for row in await tx.all(FORMATS)}


FORMATS = constant(
    sa.select(col(Format.id), col(Format.key)).where(scope(Format), col(Format.state) != FormatState.RETIRED)
)

"""Write activities into the log, each once, and what that changes into the roll-ups."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.metrics.fold import Entry, fold
from services.metrics.log import LOG, heard, person_of, refold, rollups, subjects
from services.metrics.models import Activity, Source, table
from services.metrics.rules import MEMBERSHIP_KINDS
from shared.facts import Fact
from shared.store import Tx, constant, scope


@dataclass(slots=True)
class Told:
    """One activity as a fact tells it, or (`given` false) that it no longer counts.

    What can be given `again`, a reaction, counts anew after it was taken back; content never does. What
    `stays` keeps the time it was first told with. News older than what is known changes nothing."""

    activity_id: UUID
    subject: UUID | None
    kind: str
    at: datetime
    thread: UUID | None
    fact: Fact
    given: bool = True
    again: bool = False
    stays: bool = False


def merged(activities: Iterator[Told]) -> list[Told]:
    """One word about each activity: the last, with what an earlier one said of an activity now taken back."""
    said: dict[UUID, Told] = {}
    for one in activities:
        before = said.get(one.activity_id)
        if before is not None and not one.given:
            before.given, before.fact = False, one.fact
        elif before is None or one.again:
            if before is not None and one.stays:
                one.at = before.at
            said[one.activity_id] = one
    return list(said.values())


async def tell(tx: Tx, community: Any, activities: list[Told]) -> None:
    """Write activities into the log, each once, and what that changes into the roll-ups."""
    rows: list[Any] = await tx.all(_LOGGED, {"_ids": [one.activity_id for one in activities]})
    logged = {row.activity_id: row for row in rows}
    fresh = [one for one in activities if one.activity_id not in logged and one.kind != "deleted"]
    await append(tx, community, fresh)
    changed = [one for one in activities if one.activity_id in logged and _is_news(one, logged)]
    if changed:
        await change(tx, community, [logged[one.activity_id] for one in changed], changed)


def _is_news(one: Told, logged: dict[UUID, Any]) -> bool:
    """Whether a fact younger than what is known gives an activity again, or takes it back."""
    newer = one.fact.aggregate_version > (logged[one.activity_id].version or 0)
    return newer and (one.again or not one.given)


async def change(tx: Tx, community: Any, rows: list[Any], told: list[Told]) -> None:
    """Take back logged activities, or count them anew, from their new time on unless they keep it."""
    moved = [
        row._replace(
            retracted=not one.given,
            at=one.at if one.given and not one.stays else row.at,
            fact_id=one.fact.fact_id,
        )
        for row, one in zip(rows, told, strict=True)
    ]
    await tx.execute(
        _CHANGE,
        [
            {"_id": row.activity_id, "_retracted": row.retracted, "_at": row.at, "_fact_id": row.fact_id}
            for row in moved
        ],
    )
    before = [row for row in rows if not row.retracted]
    await refold(tx, community, before, [row for row in moved if not row.retracted])


async def append(tx: Tx, community: Any, activities: list[Told]) -> None:
    """Append activities the log does not have yet; the live roll-up counts those that count."""
    who = await subjects(
        tx, community.community_id, (one.subject for one in activities if one.subject is not None)
    )
    await tx.execute(
        _APPEND,
        [
            {
                "community_id": community.community_id,
                "activity_id": one.activity_id,
                "subject": who[one.subject].no if one.subject in who else None,
                "kind": one.kind,
                "at": one.at,
                "thread": one.thread,
                "fact_id": one.fact.fact_id,
                "retracted": not one.given,
            }
            for one in activities
        ],
    )
    entries = [
        Entry(
            one.activity_id,
            person_of(who[one.subject]) if one.subject in who else None,
            one.kind,
            one.at,
            one.thread,
        )
        for one in activities
        if one.given
    ]
    for rollup in await rollups(tx, community):
        if rollup.no == community.live:
            await fold(tx, rollup, entries)
    if times := [one.at for one in activities if one.kind not in MEMBERSHIP_KINDS]:
        await heard(tx, max(times))


_activity, _source = table(Activity), table(Source)
_ID = _activity.c.activity_id.type
_LOGGED = constant(
    LOG.add_columns(_source.c.aggregate_version.label("version"))
    .outerjoin(
        _source,
        sa.and_(_source.c.community_id == _activity.c.community_id, _source.c.fact_id == _activity.c.fact_id),
    )
    .where(_activity.c.activity_id.in_(sa.bindparam("_ids", type_=_ID, expanding=True)))
)
_APPEND = constant(sa.insert(_activity))
_CHANGE = constant(
    sa.update(_activity)
    .where(scope(Activity), _activity.c.activity_id == sa.bindparam("_id", type_=_ID))
    .values(
        retracted=sa.bindparam("_retracted", type_=sa.Boolean),
        at=sa.bindparam("_at", type_=_activity.c.at.type),
        fact_id=sa.bindparam("_fact_id", type_=_activity.c.fact_id.type),
    )
)

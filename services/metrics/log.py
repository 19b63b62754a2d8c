"""The activity log: which community, who is who, what was told; every roll-up can be counted from it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from services.metrics.fold import Entry, fold
from services.metrics.models import Activity, Community, Rollup, Source, Subject, table
from shared.facts import Fact
from shared.store import Tx, constant, scope
from shared.tombstones import erased_among

T = TypeVar("T")
F = TypeVar("F", bound=Fact)
IN_LIMIT = 5000
"""Values in one IN list; both databases take some 32,000."""


def by_community(facts: Iterable[F]) -> Iterator[tuple[UUID, list[F]]]:
    """The facts of each community, in the order they came."""
    grouped: dict[UUID, list[F]] = defaultdict(list)
    for fact in facts:
        if fact.community_id is not None:
            grouped[fact.community_id].append(fact)
    yield from grouped.items()


def chunks(items: Iterable[T], size: int = IN_LIMIT) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


async def enter(tx: Tx, community_id: UUID, facts: Sequence[Fact]) -> Any:
    """Lock the community for these facts and note their sources; one nobody announced yet is in UTC."""
    tx.within(community_id)
    community = await tx.first(_COUNT_FACTS, {"_facts": len(facts)})
    if community is None:
        live = await new_rollup(tx, community_id, "UTC", cursor=None)
        await tx.insert(Community(community_id=community_id, live=live, high_water=len(facts)))
        community = await tx.one(_COMMUNITY)
    await tx.execute(
        _SOURCE,
        [
            {
                "community_id": community_id,
                "fact_id": fact.fact_id,
                "aggregate": fact.aggregate,
                "aggregate_id": fact.aggregate_id,
                "aggregate_version": fact.aggregate_version,
            }
            for fact in facts
        ],
    )
    return community


async def lock(tx: Tx) -> Any:
    """The community's row, locked until commit; None when no fact of it has come yet."""
    return await tx.first(_COUNT_FACTS, {"_facts": 0})


async def new_rollup(tx: Tx, community_id: UUID, timezone: str, *, cursor: int | None) -> int:
    """The number of a new, empty roll-up."""
    given = {"_community_id": community_id, "_timezone": timezone, "_cursor": cursor, "_created_at": tx.now}
    row: Any = await tx.one(_NEW_ROLLUP, given)
    no: int = row.no
    return no


async def rollups(tx: Tx, community: Any) -> list[Any]:
    """The roll-ups that hold activities: the live one and the one being built."""
    rows: list[Any] = await tx.all(_ROLLUPS)
    return [row for row in rows if row.no in (community.live, community.building)]


async def refold(tx: Tx, community: Any, before: Sequence[Any], after: Sequence[Any]) -> None:
    """Change what every roll-up holds from the log rows `before` to the rows `after` (same activities).

    A roll-up being built holds the activities up to its cursor; later ones it will read as they are then."""
    for rollup in await rollups(tx, community):
        held = [entry(row) for row in before if rollup.cursor is None or row.seq <= rollup.cursor]
        holds = [entry(row) for row in after if rollup.cursor is None or row.seq <= rollup.cursor]
        await fold(tx, rollup, holds, held)


def entry(row: Any) -> Entry:
    """An activity as it counts, from a row of `LOG`."""
    return Entry(row.activity_id, row.person, row.kind, row.at, row.thread)


async def subjects(tx: Tx, community_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The subjects with these ids, those never heard of before included; whoever was erased is nobody."""
    known: dict[UUID, Any] = {}
    for wanted in chunks(set(ids)):
        rows: list[Any] = await tx.all(_SUBJECTS, {"_ids": wanted})
        known |= {row.subject_id: row for row in rows}
        missing = [one for one in wanted if one not in known]
        gone = await erased_among(tx, missing)
        if missing := [one for one in missing if one not in gone]:
            await tx.execute(
                _NEW_SUBJECT,
                [{"community_id": community_id, "subject_id": one, "fact_version": 0} for one in missing],
            )
            rows = await tx.all(_SUBJECTS, {"_ids": missing})
            known |= {row.subject_id: row for row in rows}
    return known


def person_of(subject: Any) -> int:
    """The person a subject counts as: the member its links lead to, else itself."""
    person: int = subject.no if subject.member is None else subject.member
    return person


async def heard(tx: Tx, latest: datetime) -> None:
    """Note the time of the latest activity."""
    await tx.execute(_HORIZON, {"_latest": latest})


# Statements ---------------------------------------------------------------------------------------------

_community, _rollup, _subject, _activity = table(Community), table(Rollup), table(Subject), table(Activity)
_ROLLUP_COLUMNS = ("community_id", "timezone", "cursor", "created_at")
_MOMENT = _community.c.horizon.type
_COUNT_FACTS = constant(
    sa.update(_community)
    .where(scope(Community))
    .values(high_water=_community.c.high_water + sa.bindparam("_facts", type_=sa.Integer))
    .returning(*_community.c)
)
_COMMUNITY = constant(sa.select(*_community.c).where(scope(Community)))
_HORIZON = constant(
    sa.update(_community)
    .where(
        scope(Community),
        sa.or_(_community.c.horizon.is_(None), _community.c.horizon < sa.bindparam("_latest", type_=_MOMENT)),
    )
    .values(horizon=sa.bindparam("_latest", type_=_MOMENT))
)
_SOURCE = constant(sa.insert(table(Source)))
_NEW_ROLLUP = constant(
    sa.insert(_rollup)
    .values({name: sa.bindparam(f"_{name}", type_=_rollup.c[name].type) for name in _ROLLUP_COLUMNS})
    .returning(_rollup.c.no)
)
_ROLLUPS = constant(sa.select(*_rollup.c).where(scope(Rollup)))
_SUBJECTS = constant(
    sa.select(*_subject.c).where(
        scope(Subject),
        _subject.c.subject_id.in_(sa.bindparam("_ids", type_=_subject.c.subject_id.type, expanding=True)),
    )
)
_NEW_SUBJECT = constant(sa.insert(_subject))
LOG = (
    sa.select(*_activity.c, sa.func.coalesce(_subject.c.member, _subject.c.no).label("person"))
    .outerjoin(
        _subject,
        sa.and_(_subject.c.no == _activity.c.subject, _subject.c.community_id == _activity.c.community_id),
    )
    .where(scope(Activity))
)
"""Rows of the log with the person each counts for."""

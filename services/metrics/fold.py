"""Fold activities into a roll-up: a few bulk reads, one pure difference per person, a few bulk additions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.metrics.footprint import Deltas, History, compare, footprint
from services.metrics.models import (
    Cohort,
    Histogram,
    KindDay,
    PeriodCount,
    Person,
    PersonDay,
    Rollup,
    WindowDelta,
    table,
)
from services.metrics.periods import day_of, tail_of
from services.metrics.rules import ActivityClass, class_of
from services.metrics.threads import recount
from shared.store import Tx, constant

CHUNK = 2000
"""Activities folded at once: keeps every IN list and every write small."""


class Entry(NamedTuple):
    """One activity as it counts: for a person, or for nobody."""

    activity: UUID
    person: int | None
    kind: str
    at: datetime
    thread: UUID | None


class Known(NamedTuple):
    """A person's row, and the history as far back as the change at hand needs it."""

    first: int | None
    total: tuple[int, int]
    history: History


UNKNOWN = Known(None, (0, 0), {})


async def fold(tx: Tx, rollup: Rollup, added: Sequence[Entry], removed: Sequence[Entry] = ()) -> None:
    """Bring a roll-up from holding `removed` to holding `added`; the activity log already says so.

    A retraction removes, a new attribution removes for one person and adds for another."""
    zone = ZoneInfo(rollup.timezone)
    for entries in _chunks(added):
        await _fold(tx, rollup, zone, entries, ())
    for entries in _chunks(removed):
        await _fold(tx, rollup, zone, (), entries)


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


async def _fold(
    tx: Tx, rollup: Rollup, zone: ZoneInfo, added: Sequence[Entry], removed: Sequence[Entry]
) -> None:
    changes: dict[int, dict[int, list[int]]] = defaultdict(dict)
    people: Counter[tuple[str, int]] = Counter()
    nobody: Counter[tuple[str, int]] = Counter()
    for sign, entries in ((1, added), (-1, removed)):
        for _, person, kind, at, _ in entries:
            day, class_ = day_of(at, zone), class_of(kind)
            (nobody if person is None else people)[kind, day] += sign
            if person is not None and class_ is not ActivityClass.MEMBERSHIP:
                counts = changes[person].setdefault(day, [0, 0])
                counts[0] += sign
                counts[1] += sign if class_ >= ActivityClass.CONTRIBUTION else 0
    await _people(tx, rollup.no, changes, shrinking=bool(removed))
    kinds = [
        {"kind": key[0], "day": key[1], "people": people[key], "nobody": nobody[key]}
        for key in {*people, *nobody}
    ]
    await _add(tx, KindDay, rollup.no, kinds)
    await recount(tx, rollup, added, removed)


async def _people(
    tx: Tx, no: int, changes: Mapping[int, Mapping[int, list[int]]], *, shrinking: bool
) -> None:
    known = await _known(tx, no, changes, shrinking=shrinking)
    deltas = Deltas()
    persons: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for person, change in changes.items():
        before = known.get(person, UNKNOWN)
        history, total = dict(before.history), before.total
        for day, (activities, contributions) in change.items():
            old = history.pop(day, (0, 0))
            counts = (old[0] + activities, old[1] + contributions)
            if counts[0]:
                history[day] = counts
            total = (total[0] + activities, total[1] + contributions)
            days.append({"person": person, "day": day, "activities": counts[0], "contributions": counts[1]})
        # a history that only grows may be known from its tail on; one that shrinks is known whole
        first = (
            min(history, default=None) if shrinking or before.first is None else min(before.first, *history)
        )
        compare(
            footprint(before.history, before.first, before.total), footprint(history, first, total), deltas
        )
        persons.append(_person_row(person, first, history, total))
    await _put(tx, Person, no, persons)
    await _put(tx, PersonDay, no, days)
    if shrinking:
        await tx.execute(
            _without(Person, ("person",)), [{"_rollup": no, **_keys(row, "person")} for row in persons]
        )
        await tx.execute(
            _without(PersonDay, ("person", "day")),
            [{"_rollup": no, **_keys(row, "person", "day")} for row in days],
        )
    await _write(tx, no, deltas)


def _person_row(person: int, first: int | None, history: History, total: tuple[int, int]) -> dict[str, Any]:
    last = max(history, default=0)
    return {
        "person": person,
        "first_day": first or 0,
        "last_day": last,
        "tail": tail_of(last) if last else 0,
        "activities": total[0],
        "contributions": total[1],
    }


async def _known(
    tx: Tx, no: int, changes: Mapping[int, Mapping[int, Any]], *, shrinking: bool
) -> dict[int, Known]:
    """The rows of these people; only the tail of the history of those who just go on, all of everybody else's."""
    rows: list[Any] = await tx.all(_PERSONS, {"_rollup": no, "_people": list(changes)})
    onward = [row.person for row in rows if not shrinking and min(changes[row.person]) >= row.last_day]
    others = [row.person for row in rows if row.person not in set(onward)]
    histories: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for statement, people in ((_TAILS, onward), (_WHOLE, others)):
        days: list[Any] = await tx.all(statement, {"_rollup": no, "_people": people}) if people else []
        for person, day, activities, contributions in days:
            histories[person][day] = (activities, contributions)
    return {
        row.person: Known(row.first_day, (row.activities, row.contributions), histories[row.person])
        for row in rows
    }


async def _write(tx: Tx, no: int, deltas: Deltas) -> None:
    counters = (
        "active",
        "contributors",
        "activities",
        "contributions",
        "newcomers",
        "returners",
        "resurrected",
    )
    await _add(
        tx,
        PeriodCount,
        no,
        [
            {"step": step, "bucket": bucket, **{name: counts[name] for name in counters}}
            for (step, bucket), counts in deltas.periods.items()
        ],
    )
    histogram: list[dict[str, Any]] = [
        {"step": step, "bucket": bucket, "measure": measure, "count": count, "people": people}
        for (step, bucket, measure, count), people in deltas.histogram.items()
        if people
    ]
    await _add(tx, Histogram, no, histogram)
    # people who go on leave a trail of counts nobody has any more: without these rows reading stays short
    gone = [row for row in histogram if row["people"] < 0]
    keys = ("step", "bucket", "measure", "count")
    await tx.execute(_without(Histogram, keys), [{"_rollup": no, **_keys(row, *keys)} for row in gone])
    await _add(
        tx,
        Cohort,
        no,
        [
            {"step": step, "offset": offset, "first": first, "people": people}
            for (step, offset, first), people in deltas.cohort.items()
            if people
        ],
    )
    await _add(
        tx,
        WindowDelta,
        no,
        [
            {"window": window, "day": day, "change": change}
            for (window, day), change in deltas.windows.items()
            if change
        ],
    )


def _keys(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {f"_{name}": row[name] for name in names}


# Statements ---------------------------------------------------------------------------------------------

_person, _day = table(Person), table(PersonDay)
_ROLLUP = sa.bindparam("_rollup", type_=sa.Integer)
_PEOPLE = sa.bindparam("_people", type_=sa.Integer, expanding=True)
_PERSONS = constant(sa.select(*_person.c).where(_person.c.rollup == _ROLLUP, _person.c.person.in_(_PEOPLE)))
_HISTORIES = sa.select(_day.c.person, _day.c.day, _day.c.activities, _day.c.contributions)
_WHOLE = constant(_HISTORIES.where(_day.c.rollup == _ROLLUP, _day.c.person.in_(_PEOPLE)))
_TAILS = constant(
    _HISTORIES.join(
        _person, sa.and_(_person.c.rollup == _day.c.rollup, _person.c.person == _day.c.person)
    ).where(_person.c.rollup == _ROLLUP, _person.c.person.in_(_PEOPLE), _day.c.day >= _person.c.tail)
)


async def _add(tx: Tx, model: type[Any], no: int, rows: Iterable[dict[str, Any]]) -> None:
    """Add the rows to what is there, column by column."""
    await tx.execute(
        _upsert(tx.statements.dialect.name, model, True), [{"rollup": no, **row} for row in rows]
    )


async def _put(tx: Tx, model: type[Any], no: int, rows: Iterable[dict[str, Any]]) -> None:
    """Put the rows in the place of what is there."""
    await tx.execute(
        _upsert(tx.statements.dialect.name, model, False), [{"rollup": no, **row} for row in rows]
    )


@cache
def _upsert(dialect: str, model: type[Any], adds: bool) -> sa.Insert:
    own = table(model)
    insert = postgresql.insert(own) if dialect == "postgresql" else sqlite.insert(own)
    values = [column for column in own.c if not column.primary_key]
    return constant(
        insert.on_conflict_do_update(
            index_elements=list(own.primary_key.columns),
            set_={
                column.name: column + insert.excluded[column.name] if adds else insert.excluded[column.name]
                for column in values
            },
        )
    )


@cache
def _without(model: type[Any], keys: tuple[str, ...]) -> sa.Delete:
    """Delete the row with these keys when its first counter has come down to nothing."""
    own = table(model)
    counter = own.c["people" if model is Histogram else "activities"]
    same = [own.c[key] == sa.bindparam(f"_{key}", type_=own.c[key].type) for key in keys]
    return constant(sa.delete(own).where(own.c.rollup == _ROLLUP, *same, counter == sa.literal_column("0")))

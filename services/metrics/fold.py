"""Fold activities into a roll-up: a few bulk reads, one pure difference per person, a few bulk additions."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.metrics.footprint import Deltas, History, compare, footprint
from services.metrics.models import KindDay, Person, PersonDay, table
from services.metrics.periods import day_of, tail_of
from services.metrics.rules import ActivityClass, class_of
from services.metrics.threads import recount
from services.metrics.upserts import add, add_deltas, drop, put
from shared.store import Tx, constant

CHUNK = 2000
"""Activities folded at once: keeps every IN list and every write small."""

Changes = Mapping[int, Mapping[int, list[int]]]
"""Person -> day -> how many activities, and contributions among them, come or go."""


class Entry(NamedTuple):
    """One activity as it counts: for a person, or for nobody."""

    activity: UUID
    person: int | None
    kind: str
    at: datetime
    thread: UUID | None


class Known(NamedTuple):
    """What a person has done, the history as far back as the change at hand needs it."""

    history: History
    first: int | None
    total: tuple[int, int]


async def fold(tx: Tx, rollup: Any, added: Sequence[Entry], removed: Sequence[Entry] = ()) -> None:
    """Bring a roll-up from holding `removed` to holding `added`; the activity log already says so.

    A retraction removes; a new attribution removes for one person and adds for another."""
    for entries in _chunks(added):
        await _fold(tx, rollup, entries, ())
    for entries in _chunks(removed):
        await _fold(tx, rollup, (), entries)


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


async def _fold(tx: Tx, rollup: Any, added: Sequence[Entry], removed: Sequence[Entry]) -> None:
    zone = ZoneInfo(rollup.timezone)
    changes: dict[int, dict[int, list[int]]] = defaultdict(dict)
    kinds: Counter[tuple[str, int, bool]] = Counter()
    for sign, entries in ((1, added), (-1, removed)):
        for _, person, kind, at, _ in entries:
            day, class_ = day_of(at, zone), class_of(kind)
            kinds[kind, day, person is None] += sign
            if person is not None and class_ is not ActivityClass.MEMBERSHIP:
                counts = changes[person].setdefault(day, [0, 0])
                counts[0] += sign
                counts[1] += sign if class_ >= ActivityClass.CONTRIBUTION else 0
    await fold_people(tx, rollup.no, changes, shrinking=bool(removed))
    rows = [
        {"kind": kind, "day": day, "people": 0 if nobody else n, "nobody": n if nobody else 0}
        for (kind, day, nobody), n in kinds.items()
    ]
    await add(tx, KindDay, rollup.no, rows)
    await recount(tx, rollup, added, removed)


async def fold_people(tx: Tx, rollup: int, changes: Changes, *, shrinking: bool) -> None:
    """Bring everything that counts people up to date with these changes of what they did."""
    known = await _known(tx, rollup, changes, shrinking=shrinking)
    deltas = Deltas()
    persons: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for person, change in changes.items():
        before = known.get(person, Known({}, None, (0, 0)))
        after = _changed(before, change, shrinking=shrinking)
        since = max((day for day in before.history if day < min(change)), default=0)
        compare(footprint(*before, since), footprint(*after, since), deltas)
        persons.append(_person_row(person, after))
        for day in change:
            activities, contributions = after.history.get(day, (0, 0))
            days.append(
                {"person": person, "day": day, "activities": activities, "contributions": contributions}
            )
    await put(tx, Person, rollup, persons)
    await put(tx, PersonDay, rollup, days)
    if shrinking:
        await drop(tx, Person, rollup, persons, empty="activities")
        await drop(tx, PersonDay, rollup, days, empty="activities")
    await add_deltas(tx, rollup, deltas)


def _changed(before: Known, change: Mapping[int, list[int]], *, shrinking: bool) -> Known:
    """What a person has done after a change."""
    history, (activities, contributions) = dict(before.history), before.total
    for day, (more, more_contributions) in change.items():
        old = history.pop(day, (0, 0))
        if old[0] + more:
            history[day] = (old[0] + more, old[1] + more_contributions)
        activities, contributions = activities + more, contributions + more_contributions
    # a history that only grows may be known from its tail on; one that shrinks is known whole
    tail = not shrinking and before.first is not None
    first = min(before.first, *history) if tail else min(history, default=None)  # type: ignore[type-var]
    return Known(history, first, (activities, contributions))


def _person_row(person: int, known: Known) -> dict[str, Any]:
    last = max(known.history, default=0)
    return {
        "person": person,
        "first_day": known.first or 0,
        "last_day": last,
        "tail": tail_of(last) if last else 0,
        "activities": known.total[0],
        "contributions": known.total[1],
    }


async def _known(tx: Tx, rollup: int, changes: Changes, *, shrinking: bool) -> dict[int, Known]:
    """What these people have done: the tail of the history of those who just go on, else all of it."""
    given = {"_rollup": rollup, "_people": list(changes)}
    rows: list[Any] = await tx.all(_PERSONS, given) if changes else []
    onward = {row.person for row in rows if not shrinking and min(changes[row.person]) >= row.last_day}
    others = {row.person for row in rows} - onward
    histories: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for statement, people in ((_TAILS, onward), (_HISTORIES, others)):
        given["_people"] = list(people)
        days: list[Any] = await tx.all(statement, given) if people else []
        for person, day, activities, contributions in days:
            histories[person][day] = (activities, contributions)
    return {
        row.person: Known(histories[row.person], row.first_day, (row.activities, row.contributions))
        for row in rows
    }


_person, _day = table(Person), table(PersonDay)
_ROLLUP = sa.bindparam("_rollup", type_=sa.Integer)
_PEOPLE = sa.bindparam("_people", type_=sa.Integer, expanding=True)
_PERSONS = constant(sa.select(*_person.c).where(_person.c.rollup == _ROLLUP, _person.c.person.in_(_PEOPLE)))
_DAYS = sa.select(_day.c.person, _day.c.day, _day.c.activities, _day.c.contributions)
_HISTORIES = constant(_DAYS.where(_day.c.rollup == _ROLLUP, _day.c.person.in_(_PEOPLE)))
_TAILS = constant(
    _DAYS.join(_person, sa.and_(_person.c.rollup == _day.c.rollup, _person.c.person == _day.c.person)).where(
        _person.c.rollup == _ROLLUP, _person.c.person.in_(_PEOPLE), _day.c.day >= _person.c.tail
    )
)

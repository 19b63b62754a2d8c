"""What the kit itself keeps about people: answers stored for repeats, and facts that could not be applied.

Both are looked through by the table's key, a page at a time and without a lock; only what mentions the
subject is written. Where a search stands is `[table, *key]`, None before it began and [] when it is through.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.store import Tx, constant, tables

PAGE_ROWS = 2000
LETTER_ROWS = 200
NEEDLES = 50
"""Ids looked for at once: SQLite reads no deeper expressions than a thousand terms."""
COVERS = (tables.idempotency.name, tables.dead_letter.name)
KEEPS = {
    tables.outbox.name: "facts carry ids and fixed words; gone after OUTBOX_DAYS",
    tables.audit.name: "who did what, by ids, in a chain of hashes that a gap would break",
}
"""Of the kit's own tables: those an erasure sweeps, and why the others are left alone."""
_ANSWERS, _LETTERS = tables.idempotency, tables.dead_letter
_ANSWER_KEY = (_ANSWERS.c.principal, _ANSWERS.c.key)


@dataclass(frozen=True)
class Found:
    """What a page holds about the subject, and the position after it."""

    position: list[str]
    answers: list[tuple[str, str]] = field(default_factory=list)
    letters: dict[UUID, bytes | None] = field(default_factory=dict)
    """By its id what is left of a message; None when nothing is."""


async def look(tx: Tx, subjects: Sequence[str], position: list[str] | None) -> Found:
    """The mentions of these ids among the next rows."""
    table, *last = position or [_ANSWERS.name, "", ""]
    if table == _ANSWERS.name:
        return await _in_answers(tx, subjects, last)
    return await _in_letters(tx, set(subjects), last[0] if last else None)


async def take_out(tx: Tx, found: Found) -> Counter[str]:
    """Remove what was found: a fact about the subject alone goes, one that tells of many stays without it."""
    for principal, key in found.answers:
        await tx.execute(_FORGET_ANSWER, {"_principal": principal, "_key": key})
    for id_, left in found.letters.items():
        this = _LETTERS.c.id == id_
        if left is None:
            await tx.execute(sa.delete(_LETTERS).where(this))
        else:
            await tx.execute(sa.update(_LETTERS).where(this).values(payload=left))
    return +Counter({_ANSWERS.name: len(found.answers), _LETTERS.name: len(found.letters)})


async def _in_answers(tx: Tx, subjects: Sequence[str], last: list[str]) -> Found:
    """The database looks into the bodies: they may be large, and are hardly ever found."""
    rest, found, rows = iter(subjects), set(), []
    while needles := list(islice(rest, NEEDLES)):
        mentioned = sa.or_(*(_says(tx, needle) for needle in needles)).label("mentioned")
        page = _NEXT_ANSWERS.add_columns(mentioned).limit(PAGE_ROWS)
        rows = await tx.all(page, {"_principal": last[0], "_key": last[1]})
        found |= {(row.principal, row.key) for row in rows if row.mentioned}
    if len(rows) < PAGE_ROWS:
        return Found([_LETTERS.name], sorted(found))
    return Found([_ANSWERS.name, rows[-1].principal, rows[-1].key], sorted(found))


def _says(tx: Tx, needle: str) -> sa.ColumnElement[bool]:
    """Whether an answer names this id, in whatever part; null bodies and headers name nobody."""
    body, text = _ANSWERS.c.body, sa.cast(_ANSWERS.c.headers, sa.Text)
    place = sa.func.pg_catalog.position if tx.statements.dialect.name == "postgresql" else sa.func.instr
    in_body: sa.ColumnElement[bool] = place(body, sa.literal(needle.encode(), body.type)) > 0
    return sa.or_(_ANSWERS.c.principal.contains(needle), text.contains(needle), in_body)


async def _in_letters(tx: Tx, subjects: set[str], last: str | None) -> Found:
    statement = _LETTERS_IN_ORDER if last is None else _LETTERS_IN_ORDER.where(_LETTERS.c.id > UUID(last))
    rows: list[Any] = await tx.all(statement)
    found = {}
    for row in rows:
        payload = bytes(row.payload)
        if any(each.encode() in payload for each in subjects):
            found[row.id] = without(payload, subjects)
    position = [_LETTERS.name, str(rows[-1].id)] if len(rows) == LETTER_ROWS else []
    return Found(position, letters=found)


def without(payload: bytes, subjects: set[str]) -> bytes | None:
    """The message with mentions in its items nulled; None when it is about the subject, or unreadable."""
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(said, dict) or any(isinstance(v, str) and v in subjects for v in said.values()):
        return None
    if isinstance(said.get("actor"), dict) and said["actor"].get("id") in subjects:
        said["actor"] = None
    left = json.dumps(_nulled(said, subjects)).encode()
    return None if any(each.encode() in left for each in subjects) else left


def _nulled(value: Any, subjects: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _nulled(each, subjects) for key, each in value.items()}
    if isinstance(value, list):
        return [_nulled(each, subjects) for each in value]
    return None if isinstance(value, str) and value in subjects else value


_NEXT_ANSWERS = (
    sa.select(*_ANSWER_KEY)
    .where(
        sa.tuple_(*_ANSWER_KEY)
        > sa.tuple_(sa.bindparam("_principal", type_=sa.String()), sa.bindparam("_key", type_=sa.String()))
    )
    .order_by(*_ANSWER_KEY)
)
_FORGET_ANSWER = constant(
    sa.delete(_ANSWERS).where(
        _ANSWERS.c.principal == sa.bindparam("_principal"), _ANSWERS.c.key == sa.bindparam("_key")
    )
)
_LETTERS_IN_ORDER = sa.select(_LETTERS.c.id, _LETTERS.c.payload).order_by(_LETTERS.c.id).limit(LETTER_ROWS)

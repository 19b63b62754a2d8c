"""What the kit itself keeps about people: answers stored for repeats, and facts that could not be applied.

Both are swept by the table's key, a few rows at a time; where a sweep stands is `[table, *key]`, None before
it began and [] when it is through.
"""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.store import Tx, constant, tables

SWEEP_ROWS = 200
COVERS = (tables.idempotency.name, tables.dead_letter.name)
KEEPS = {
    tables.outbox.name: "facts carry ids and fixed words; gone after OUTBOX_DAYS",
    tables.audit.name: "who did what, by ids, in a chain of hashes that a gap would break",
}
"""Of the kit's own tables: those an erasure sweeps, and why the others are left alone."""
_ANSWERS, _LETTERS = tables.idempotency, tables.dead_letter
_ANSWER_KEY = (_ANSWERS.c.principal, _ANSWERS.c.key)


async def sweep(tx: Tx, subjects: set[str], position: list[str] | None) -> tuple[Counter[str], list[str]]:
    """Take out of the next rows what mentions these ids: how many by table, and the position reached."""
    table, *last = position or [_ANSWERS.name, "", ""]
    if table == _ANSWERS.name:
        return await _sweep_answers(tx, subjects, last)
    return await _sweep_letters(tx, subjects, last[0] if last else None)


async def _sweep_answers(tx: Tx, subjects: set[str], last: list[str]) -> tuple[Counter[str], list[str]]:
    rows: list[Any] = await tx.all(_NEXT_ANSWERS, {"_principal": last[0], "_key": last[1]})
    needles = [each.encode() for each in subjects]
    counts: Counter[str] = Counter()
    for row in rows:
        said = b"".join((row.principal.encode(), json.dumps(row.headers).encode(), bytes(row.body or b"")))
        if any(needle in said for needle in needles):
            await tx.execute(_FORGET_ANSWER, {"_principal": row.principal, "_key": row.key})
            counts[_ANSWERS.name] += 1
    if len(rows) < SWEEP_ROWS:
        return counts, [_LETTERS.name]
    return counts, [_ANSWERS.name, rows[-1].principal, rows[-1].key]


async def _sweep_letters(tx: Tx, subjects: set[str], last: str | None) -> tuple[Counter[str], list[str]]:
    """A fact about the subject alone goes; one that tells of many keeps its place without the subject."""
    statement = _LETTERS_IN_ORDER if last is None else _LETTERS_IN_ORDER.where(_LETTERS.c.id > UUID(last))
    rows: list[Any] = await tx.all(statement)
    counts: Counter[str] = Counter()
    for row in rows:
        payload = bytes(row.payload)
        if any(each.encode() in payload for each in subjects):
            left = without(payload, subjects)
            this = _LETTERS.c.id == row.id
            if left is None:
                await tx.execute(sa.delete(_LETTERS).where(this))
            else:
                await tx.execute(sa.update(_LETTERS).where(this).values(payload=left))
            counts[_LETTERS.name] += 1
    return counts, [_LETTERS.name, str(rows[-1].id)] if len(rows) == SWEEP_ROWS else []


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


_NEXT_ANSWERS = constant(
    sa.select(_ANSWERS.c.principal, _ANSWERS.c.key, _ANSWERS.c.headers, _ANSWERS.c.body)
    .where(
        sa.tuple_(*_ANSWER_KEY)
        > sa.tuple_(sa.bindparam("_principal", type_=sa.String()), sa.bindparam("_key", type_=sa.String()))
    )
    .order_by(*_ANSWER_KEY)
    .limit(SWEEP_ROWS)
)
_FORGET_ANSWER = constant(
    sa.delete(_ANSWERS).where(
        _ANSWERS.c.principal == sa.bindparam("_principal"), _ANSWERS.c.key == sa.bindparam("_key")
    )
)
_LETTERS_IN_ORDER = sa.select(_LETTERS.c.id, _LETTERS.c.payload).order_by(_LETTERS.c.id).limit(SWEEP_ROWS)

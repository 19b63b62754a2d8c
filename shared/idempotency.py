"""Idempotency-Key: the answer is stored with the effect, so a repeat is answered, not repeated.

The first request with a key takes the key's row; a twin waits on it (409 `still-running` after two seconds)
and is then answered with the stored bytes. The same key with another request is 422. A refused request stores
nothing.
"""

import hashlib
import re
from typing import Any

import sqlalchemy as sa

from shared.identity import Actor
from shared.problems import BadRequest, Conflict, Unprocessable
from shared.store import tables
from shared.store.statements import constant
from shared.store.tx import LockTimeout, Tx

_KEY = re.compile(r"^[\x21-\x7e]{1,64}$")
_ROW = tables.idempotency


class BadIdempotencyKey(BadRequest):
    title = "Idempotency-Key must be 1 to 64 visible ASCII characters"


class IdempotencyKeyReused(Unprocessable):
    title = "Idempotency-Key was used for another request"


class StillRunning(Conflict):
    title = "The first request with this key is still running"


_FIND = constant(
    sa.select(_ROW).where(_ROW.c.principal == sa.bindparam("principal"), _ROW.c.key == sa.bindparam("key"))
)
_FINISH = constant(
    sa.update(_ROW)
    .where(_ROW.c.principal == sa.bindparam("_principal"), _ROW.c.key == sa.bindparam("_key"))
    .values(status=sa.bindparam("_status"), headers=sa.bindparam("_headers"), body=sa.bindparam("_body"))
)
_TAKE: dict[str, Any] = {}


def checked(key: str | None) -> str | None:
    """The key when it is usable, None when there is none."""
    if key is not None and not _KEY.match(key):
        raise BadIdempotencyKey
    return key


def principal_of(actor: Actor) -> str:
    """Whose key it is: a person's stays theirs when the very request makes them a member."""
    return f"person:{actor.person_id}" if actor.person_id is not None else f"{actor.kind}:{actor.id}"


def fingerprint(method: str, path: str, query: bytes, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), query, body))).hexdigest()


async def take(tx: Tx, principal: str, key: str, print_: str) -> Any | None:
    """Take the key for this transaction; the stored row when an earlier request has used it."""
    statement = _TAKE.get(tx.statements.dialect.name)
    if statement is None:
        statement = constant(tx.upsert(_ROW).on_conflict_do_nothing())
        _TAKE[tx.statements.dialect.name] = statement
    row = {"principal": principal, "key": key, "fingerprint": print_, "created_at": tx.now}
    try:
        if await tx.execute(statement, row):
            return None
    except LockTimeout as error:
        raise StillRunning from error
    stored: Any = await tx.one(_FIND, {"principal": principal, "key": key})
    if stored.fingerprint != print_:
        raise IdempotencyKeyReused
    return stored


async def find(tx: Tx, principal: str, key: str) -> Any | None:
    """The stored row of an earlier request, if there was one."""
    return await tx.first(_FIND, {"principal": principal, "key": key})


async def finish(tx: Tx, principal: str, key: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Store the answer with the effect."""
    answer = {"_status": status, "_headers": headers, "_body": body}
    await tx.execute(_FINISH, {"_principal": principal, "_key": key, **answer})

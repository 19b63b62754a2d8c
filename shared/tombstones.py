"""Who was erased, remembered by ids: nothing of theirs comes back by replay, import or restore.

Tombstones count within a community: `erased` and `refuse_erased` ask about that of the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.contracts.membership import ErasureRequested
from shared.data_subjects import subject_of
from shared.problems import Forbidden
from shared.store import Tx, constant, tables

_TOMBSTONE, _ERASURE = tables.tombstone, tables.erasure


class PersonErased(Forbidden):
    title = "This person was erased"


async def begin(tx: Tx, fact: ErasureRequested) -> None:
    """Tombstones before anything else; asked again, look again."""
    given = fact.model_dump(mode="json", include={"member_ids", "identity_ids", "person_ids"})
    again = {"subject": given, "finished_at": None, "swept": None, "requested_at": tx.now}
    await _bury(tx, Erasure(fact.request_id, fact.community_id, given), again)


@dataclass(frozen=True)
class Erasure:
    """Somebody who was to be erased, as every store remembers it; `subject` holds ids as JSON does."""

    request_id: UUID
    community_id: UUID
    subject: dict[str, Any]


async def remembered(tx: Tx) -> list[Erasure]:
    """Every erasure this store was asked for."""
    rows: list[Any] = await tx.all(sa.select(_ERASURE))
    return [Erasure(row.request_id, row.community_id, row.subject) for row in rows]


async def remember(tx: Tx, erasures: Sequence[Erasure]) -> int:
    """Have those erased that this store does not know of, as after a restore; how many these are."""
    return sum([await _bury(tx, each, again=None) for each in erasures])


async def _bury(tx: Tx, erasure: Erasure, again: dict[str, Any] | None) -> int:
    """Tombstones, and the erasure to carry out; one that is known gets what `again` says, if anything."""
    subject = subject_of(erasure.community_id, erasure.subject)
    about = {"request_id": erasure.request_id, "community_id": erasure.community_id}
    await tx.execute(
        tx.upsert(_TOMBSTONE).on_conflict_do_nothing(),
        [about | {"subject_id": each, "erased_at": tx.now} for each in subject.ids],
    )
    row = about | {"subject": erasure.subject, "erased": {}, "swept": None, "dirty": True}
    known = tx.upsert(_ERASURE).values(row | {"requested_at": tx.now, "finished_at": None})
    if again is None:
        return await tx.execute(known.on_conflict_do_nothing())
    return await tx.execute(known.on_conflict_do_update(index_elements=list(about), set_=again))


async def erased(tx: Tx, id: UUID) -> bool:
    """Whether this member, identity or person of the transaction's community was erased."""
    return bool(await erased_among(tx, [id]))


async def erased_among(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` that were erased in the transaction's community."""
    if not ids:
        return set()
    if len(ids) == 1:  # half the price, and what every post asks
        given = {"_community": tx.community_id, "_id": ids[0]}
        return set(ids) if await tx.first(_BURIED_ONE, given) is not None else set()
    rows: list[Any] = await tx.all(_BURIED, {"_community": tx.community_id, "_ids": ids})
    return {row.subject_id for row in rows}


async def refuse_erased(tx: Tx, *ids: UUID | None) -> None:
    """Raise `PersonErased` when one of these members, identities or persons was erased."""
    if await erased_among(tx, [each for each in ids if each is not None]):
        raise PersonErased


_ID = _TOMBSTONE.c.subject_id.type
_COMMUNITY = sa.bindparam("_community", type_=_ID)
_BURIED = constant(
    sa.select(_TOMBSTONE.c.subject_id).where(
        _TOMBSTONE.c.community_id == _COMMUNITY,
        _TOMBSTONE.c.subject_id.in_(sa.bindparam("_ids", type_=_ID, expanding=True)),
    )
)
_BURIED_ONE = constant(
    sa.select(_TOMBSTONE.c.subject_id).where(
        _TOMBSTONE.c.community_id == _COMMUNITY, _TOMBSTONE.c.subject_id == sa.bindparam("_id", type_=_ID)
    )
)

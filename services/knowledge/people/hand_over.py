"""Hand over what is a member's to another one, and back: some of a kind in each write, remembered by id."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.models import HandedOver, Merge
from services.knowledge.people.giving import AT_ONCE
from services.knowledge.people.handed import HANDED
from shared.store import Tx, constant, scope


async def hand_over(tx: Tx, merge: Merge) -> int:
    """Give some of the merged member's rows to the survivor; how many there were."""
    whose = {"member_id": merge.merged_id, "other_id": merge.survivor_id}
    for handed in HANDED:
        ids = [row.row_id for row in await tx.all(handed.theirs, whose)]
        if ids:
            await handed.give(tx, ids, merge.merged_id, merge.survivor_id)
            row = {"merge_id": merge.id, "kind": handed.kind, "community_id": merge.community_id}
            remember = tx.upsert(HandedOver).on_conflict_do_nothing()
            await tx.execute(remember, [row | {"row_id": each} for each in ids])
            return len(ids)
    return 0


async def hand_back(tx: Tx, merge: Merge) -> int:
    """Give some of it back, where it is still the survivor's; how many were remembered."""
    for handed in HANDED:
        this = {"merge_id": merge.id, "kind": handed.kind}
        ids = [row.row_id for row in await tx.all(REMEMBERED, this)]
        if ids:
            await handed.give(tx, ids, merge.survivor_id, merge.merged_id)
            await tx.execute(FORGOTTEN, this | {"ids": ids})
            return len(ids)
    return 0


_ID = HandedOver.__table__.c.row_id.type  # type: ignore[attr-defined]
_IDS: Any = sa.bindparam("ids", type_=_ID, expanding=True)
_OF_MERGE = (
    scope(HandedOver),
    col(HandedOver.merge_id) == sa.bindparam("merge_id", type_=_ID),
    col(HandedOver.kind) == sa.bindparam("kind", type_=HandedOver.__table__.c.kind.type),  # type: ignore[attr-defined]
)
REMEMBERED = constant(select(HandedOver).where(*_OF_MERGE).order_by(col(HandedOver.row_id)).limit(AT_ONCE))
FORGOTTEN = constant(sa.delete(HandedOver).where(*_OF_MERGE, col(HandedOver.row_id).in_(_IDS)))

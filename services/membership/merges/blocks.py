"""Blocks both had: one in force takes the place of the survivor's that was lifted, and gives it back.

The two rows exchange what they say, since each is known by whom it is between.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.membership.merges.pairs import Pair
from services.membership.models import Block
from shared.store import Tx, constant, scope

_COLUMNS: Any = Block.__table__.c  # type: ignore[attr-defined]
_ID, _TIME = _COLUMNS.blocker_id.type, _COLUMNS.created_at.type
Terms = tuple[datetime, datetime | None]
"""Since when a block stands, and when it was lifted."""


class Renewed:
    """The blocks in which `holder` is one of the pair, and `key` the other side."""

    def __init__(self, holder: str, key: str) -> None:
        self.name = f"block.{holder}.renewed"
        own: Any = aliased(Block)
        one = sa.and_(
            getattr(Block, holder) == sa.bindparam("holder", type_=_ID),
            getattr(Block, key) == sa.bindparam("key", type_=_ID),
        )
        self._both = constant(
            sa.select(
                getattr(Block, key).label("key"),
                *(col(Block.created_at), col(Block.lifted_at)),
                *(own.created_at.label("own_created_at"), own.lifted_at.label("own_lifted_at")),
            ).where(
                scope(Block),
                own.community_id == Block.community_id,
                getattr(own, key) == getattr(Block, key),
                getattr(Block, holder) == sa.bindparam("merged", type_=_ID),
                getattr(own, holder) == sa.bindparam("survivor", type_=_ID),
                col(Block.lifted_at).is_(None),
                own.lifted_at.is_not(None),
            )
        )
        self._one = constant(select(Block).where(scope(Block), one))
        terms = {name: sa.bindparam(f"_{name}", type_=_TIME) for name in ("created_at", "lifted_at")}
        self._say = constant(sa.update(Block).where(scope(Block), one).values(terms))

    async def move(self, tx: Tx, pair: Pair) -> list[dict[str, str]]:
        """Have the survivor's rows say what the merged member's do, and the other way round."""
        rows: list[Any] = await tx.all(self._both, {"merged": pair.merged.id, "survivor": pair.survivor.id})
        for row in rows:
            own = row.own_created_at, row.own_lifted_at
            await self._exchange(tx, pair, row.key, of_survivor=(row.created_at, None), of_merged=own)
        return [
            {
                "key": str(row.key),
                "created_at": row.created_at.isoformat(),
                "own_created_at": row.own_created_at.isoformat(),
                "own_lifted_at": row.own_lifted_at.isoformat(),
            }
            for row in rows
        ]

    async def give_back(self, tx: Tx, pair: Pair, entries: list[dict[str, str]]) -> None:
        """Undo it, lifted meanwhile or not; a block made anew meanwhile stays the survivor's."""
        for entry in entries:
            key = UUID(entry["key"])
            now = await tx.first(self._one, {"holder": pair.survivor.id, "key": key})
            if now is None or now.created_at != datetime.fromisoformat(entry["created_at"]):
                continue
            own = (datetime.fromisoformat(entry[f"own_{name}"]) for name in ("created_at", "lifted_at"))
            theirs = now.created_at, now.lifted_at
            await self._exchange(tx, pair, key, of_survivor=(next(own), next(own)), of_merged=theirs)

    async def _exchange(self, tx: Tx, pair: Pair, key: UUID, *, of_survivor: Terms, of_merged: Terms) -> None:
        for holder, (since, lifted) in ((pair.survivor, of_survivor), (pair.merged, of_merged)):
            at = {"holder": holder.id, "key": key}
            await tx.execute(self._say, at | {"_created_at": since, "_lifted_at": lifted})


BLOCKS = (Renewed("blocker_id", "blocked_id"), Renewed("blocked_id", "blocker_id"))

"""Answers in the vault: sealed one by one, and never gone without the figures knowing."""

import json
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.sealing import sealer_of
from services.membership.demographics.models import DemographicAnswer, DemographicSnapshot
from services.membership.demographics.rules import Cell, Counted
from shared.store import Tx, constant, scope
from shared.vault import Sealer


def sealed_answer(sealer: Sealer, row: Any, answer: str, counted: Cell | None) -> str:
    """The text of one answer: what was said, and where it is counted."""
    return sealer.seal(json.dumps([answer, counted]), about=f"{row.member_id}:{row.dimension}")


def answer_of(sealer: Sealer, row: Any) -> tuple[str, Cell | None]:
    """What was sealed."""
    answer, counted = json.loads(sealer.unseal(row.sealed, about=f"{row.member_id}:{row.dimension}"))
    return answer, tuple(counted) if counted is not None else None


def sealed_figures(sealer: Sealer, dimension: str, counted: Counted) -> str:
    """The figures before anything is held back."""
    rows = [[*cell, n, counted.departed.get(cell, 0)] for cell, n in _all_of(counted).items()]
    return sealer.seal(json.dumps(rows), about=f"figures:{dimension}")


def figures_of(sealer: Sealer, snapshot: Any) -> Counted:
    """The figures as they were sealed."""
    rows = json.loads(sealer.unseal(snapshot.sealed, about=f"figures:{snapshot.dimension}"))
    figures = {(segment, option): n for segment, option, n, _ in rows if n}
    return Counted(figures, {(segment, option): gone for segment, option, _, gone in rows if gone})


def _all_of(counted: Counted) -> dict[Cell, int]:
    return {cell: counted.figures.get(cell, 0) for cell in sorted({*counted.figures, *counted.departed})}


async def clear(tx: Tx, member_ids: list[UUID], dimensions: set[str] | None = None) -> int:
    """Forget what members answered, everything or on these dimensions; how many answers.

    The figures told go on counting them, as nobody, until ten such have gone.
    """
    rows = [
        row
        for row in await tx.all(ANSWERS_OF, {"members": member_ids})
        if dimensions is None or row.dimension in dimensions
    ]
    if not rows:
        return 0
    sealer = await sealer_of(tx)
    for dimension in sorted({row.dimension for row in rows}):
        theirs = [row for row in rows if row.dimension == dimension]
        # The figures first: a recount that is under way has ended by then, and moved nobody who goes here.
        figures = figures_of(sealer, await held_snapshot(tx, sealer, dimension))
        departed = dict(figures.departed)
        given = {"dimension": dimension, "members": [row.member_id for row in theirs]}
        for row in await tx.all(THEIR_ANSWERS, given):
            _, cell = answer_of(sealer, row)
            if cell is not None:
                departed[cell] = departed.get(cell, 0) + 1
        text = sealed_figures(sealer, dimension, Counted(figures.figures, departed))
        await tx.execute(KEEP_FIGURES, {"_dimension": dimension, "_sealed": text})
        await tx.execute(FORGET_ANSWERS, given)
    return len(rows)


async def held_snapshot(tx: Tx, sealer: Sealer, dimension: str) -> DemographicSnapshot:
    """The figures of a dimension, none before the first count; nobody else's to change until commit."""
    none: dict[str, Any] = {
        "community_id": tx.community_id,
        "dimension": dimension,
        "period": 0,
        "told": {},
        "sealed": sealed_figures(sealer, dimension, Counted({}, {})),
    }
    await tx.execute(tx.upsert(DemographicSnapshot).on_conflict_do_nothing(), none)
    return await tx.one(HELD_SNAPSHOT, {"dimension": dimension})


_MEMBERS: Any = sa.bindparam("members", expanding=True)
_OF_THEM = (
    scope(DemographicAnswer),
    col(DemographicAnswer.dimension) == sa.bindparam("dimension"),
    col(DemographicAnswer.member_id).in_(_MEMBERS),
)
ANSWERS_OF = constant(
    select(DemographicAnswer)
    .where(scope(DemographicAnswer), col(DemographicAnswer.member_id).in_(_MEMBERS))
    .order_by(col(DemographicAnswer.dimension))
)
THEIR_ANSWERS = constant(select(DemographicAnswer).where(*_OF_THEM))
FORGET_ANSWERS = constant(sa.delete(DemographicAnswer).where(*_OF_THEM))
HELD_SNAPSHOT = constant(
    select(DemographicSnapshot)
    .where(scope(DemographicSnapshot), col(DemographicSnapshot.dimension) == sa.bindparam("dimension"))
    .with_for_update()
)
KEEP_FIGURES = constant(
    sa.update(DemographicSnapshot)
    .where(scope(DemographicSnapshot), col(DemographicSnapshot.dimension) == sa.bindparam("_dimension"))
    .values(sealed=sa.bindparam("_sealed"))
)

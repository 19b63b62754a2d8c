"""Who organises an event or a series: read, noted with a new one, replaced."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete, select

from services.events.models import Event, Organiser, Series
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased


async def organisers_of(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Who organises each of these series or events, in a fixed order."""
    found: dict[UUID, list[UUID]] = {each: [] for each in ids}
    for row in await tx.all(ORGANISERS, {"ids": list(ids)}) if ids else []:
        found[row.of_id].append(row.member_id)
    return found


async def require_living(tx: Tx, organisers: Sequence[UUID]) -> None:
    """Raise when somebody who was erased is to organise something."""
    for member_id in organisers:
        await refuse_erased(tx, member_id)


async def organise(tx: Tx, of: Event | Series, organisers: Sequence[UUID]) -> None:
    """Note who organises what nobody organises yet."""
    rows = [
        Organiser(of_id=of.id, member_id=member_id, community_id=of.community_id)
        for member_id in sorted(set(organisers))
    ]
    await tx.insert(rows)


async def reorganise(tx: Tx, of: Event | Series, organisers: Sequence[UUID]) -> None:
    """Let these organise it, and nobody else any more."""
    await tx.execute(FORGET_ORGANISERS, {"of_id": of.id})
    await organise(tx, of, organisers)


ORGANISERS = constant(
    select(Organiser)
    .where(scope(Organiser), col(Organiser.of_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Organiser.member_id))
)
FORGET_ORGANISERS = constant(
    delete(Organiser).where(scope(Organiser), col(Organiser.of_id) == sa.bindparam("of_id"))
)

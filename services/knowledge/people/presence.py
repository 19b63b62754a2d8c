"""Who is there: whether a member left, was banned or erased, as far as it is known here."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.people.models import Departure
from shared.store import Tx, constant, scope
from shared.tombstones import erased


async def is_away(tx: Tx, member_id: UUID) -> bool:
    """Whether nothing should be given to this member to look after."""
    return await erased(tx, member_id) or await tx.first(AWAY, {"member_id": member_id}) is not None


AWAY = constant(
    sa.select(col(Departure.member_id)).where(
        scope(Departure), col(Departure.member_id) == sa.bindparam("member_id"), col(Departure.away).is_(True)
    )
)

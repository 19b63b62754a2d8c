"""Find handles nobody has, for members whose wish may be taken."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col

from services.membership.members import names
from services.membership.models import Member
from shared.store import Tx, constant, scope

HANDLES_LIKE = constant(
    sa.select(col(Member.handle)).where(
        scope(Member), col(Member.handle) >= sa.bindparam("low"), col(Member.handle) < sa.bindparam("high")
    )
)


async def free_handles(tx: Tx, wishes: Sequence[str]) -> names.Handles:
    """Gives out handles for `wishes`: one query for all of them, and one for each that will need a suffix."""
    wished = Counter(wishes)
    rows = await tx.all(sa.select(col(Member.handle)).where(scope(Member), col(Member.handle).in_(wished)))
    taken = {row.handle for row in rows}
    for stem in {names.stem(handle) for handle, times in wished.items() if times > 1 or handle in taken}:
        low, high = names.handle_range(stem)
        taken |= {row.handle for row in await tx.all(HANDLES_LIKE, {"low": low, "high": high})}
    return names.Handles(taken)

"""A recorded result follows corrections of the attendance it counts."""

import sqlalchemy as sa
from sqlmodel import col

from services.events.models import Evaluation
from shared.contracts.events import EventAttendanceCounted
from shared.store import Tx, constant, scope


async def recount(tx: Tx, count: EventAttendanceCounted) -> None:
    """Let a result that was recorded follow a correction of the attendance; the caller holds the event."""
    given = {
        "confirmed": count.confirmed,
        "attended": count.checked_in,
        "no_show": count.no_show,
        "late_cancelled": count.late_cancelled,
    }
    await tx.execute(RECOUNT, {"event_id": count.event_id} | {f"n_{name}": n for name, n in given.items()})


RECOUNT = constant(
    sa.update(Evaluation)
    .where(scope(Evaluation), col(Evaluation.event_id) == sa.bindparam("event_id"))
    .values(
        {
            name: sa.bindparam(f"n_{name}", type_=sa.Integer())
            for name in ("confirmed", "attended", "no_show", "late_cancelled")
        }
    )
)

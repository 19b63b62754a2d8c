"""What the gateway does for a person: ErasureRequested -> nobody created their clients -> ErasureCompleted.

A client goes on, as it is the community's. What the gateway remembers of callers it drops as soon as it
hears of the request (`listening.py`); nothing of that is stored.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.gateway.models import Client
from shared.contracts.gateway import ErasureCompleted
from shared.privacy import PIECE_ROWS, DataSubject, Piece, Privacy
from shared.store import Tx, constant, scope

privacy = Privacy(receipt=ErasureCompleted, covers=(Client,))
router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs

ERASED = "member:erased"


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    return {"client": await tx.execute(_FORGET_CREATOR, {"creators": _names(subject)})}


@privacy.exports
async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    """The clients the person created; of their keys only digests are there, and those stay."""
    given = {"creators": _names(subject), "after": UUID(after) if after else UUID(int=0)}
    rows = await tx.all(_CREATED, given)
    items = [
        {"id": row.id, "name": row.name, "kind": row.kind, "scopes": row.scopes, "created_at": row.created_at}
        for row in rows
    ]
    return Piece({"client": items} if rows else {}, str(rows[-1].id) if len(rows) == PIECE_ROWS else None)


def _names(subject: DataSubject) -> list[str]:
    """How `created_by` names the person."""
    persons = [] if subject.person_id is None else [f"person:{subject.person_id}"]
    return [f"member:{each}" for each in subject.member_ids] + persons or [""]


_THEIRS = col(Client.created_by).in_(sa.bindparam("creators", expanding=True))
_FORGET_CREATOR = constant(sa.update(Client).where(scope(Client), _THEIRS).values(created_by=ERASED))
_CREATED = constant(
    select(Client)
    .where(scope(Client), _THEIRS, col(Client.id) > sa.bindparam("after"))
    .order_by(col(Client.id))
    .limit(PIECE_ROWS)
)

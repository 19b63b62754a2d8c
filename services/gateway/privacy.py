"""What the gateway does for a person: ErasureRequested -> nobody created their clients -> ErasureCompleted.

A client goes on, as it is the community's. What the gateway remembers of callers it drops as soon as it
hears of the request (`listening.py`); nothing of that is stored. It has no internal route, as its listener
is the public one: what it could export, who created which client, `GET /v1/clients` shows.
"""

import sqlalchemy as sa
from sqlmodel import col

from services.gateway.models import Client
from shared.contracts.gateway import ErasureCompleted
from shared.data_subjects import DataSubject
from shared.privacy import Privacy
from shared.store import Tx, constant, scope

privacy = Privacy(receipt=ErasureCompleted, covers=(Client,))
consumers, jobs = privacy.consumers, privacy.jobs

ERASED = "member:erased"


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    return {"client": await tx.execute(_FORGET_CREATOR, {"creators": _names(subject)})}


def _names(subject: DataSubject) -> list[str]:
    """How `created_by` names the person."""
    persons = [f"person:{each}" for each in subject.person_ids]
    return [f"member:{each}" for each in subject.member_ids] + persons or [""]


_THEIRS = col(Client.created_by).in_(sa.bindparam("creators", expanding=True))
_FORGET_CREATOR = constant(sa.update(Client).where(scope(Client), _THEIRS).values(created_by=ERASED))

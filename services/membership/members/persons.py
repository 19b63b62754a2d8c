"""The person behind a request: still the one who signed in, or erased since."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.rules import PersonState
from services.membership.models import Person
from shared.problems import Forbidden
from shared.store import Tx, constant


class LoginErased(Forbidden):
    """The person was erased while their token was still good; the same login is somebody new from now on."""

    title = "This person was erased"


LIVING = constant(
    select(Person)
    .where(col(Person.id) == sa.bindparam("person_id"), col(Person.state) != PersonState.ERASED)
    .with_for_update(read=True, key_share=True)
)
"""The person, kept from being erased until commit."""


async def living(tx: Tx, person_id: UUID) -> Person:
    """The person who is about to belong somewhere; `LoginErased` when nobody is left."""
    return await tx.one(LIVING, {"person_id": person_id}, otherwise=LoginErased)

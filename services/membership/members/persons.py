"""The person behind a request: still the one who signed in, or erased since; and where they belong."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.actors import standing_for
from services.membership.members.rules import MemberState, PersonState
from services.membership.models import Member, Person
from shared.problems import Forbidden
from shared.store import Tx, across, constant


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


MERGED = constant(
    across(
        select(Member)
        .where(col(Member.person_id) == sa.bindparam("person_id"), col(Member.state) == MemberState.MERGED)
        .order_by(col(Member.id)),
        why="somebody may be merged in any of their communities",
    )
)


async def belongs_through_others(tx: Tx, person_id: UUID) -> list[UUID]:
    """The communities a person belongs to as somebody they were merged into."""
    found = []
    for member in await tx.all(MERGED, {"person_id": person_id}):
        tx.within(member.community_id)
        survivor = await standing_for(tx, member)
        if survivor is not None and survivor.state is MemberState.ACTIVE:
            found.append(member.community_id)
    tx.within(None)
    return found

"""Whom a request concerns: a person's memberships, with everybody merged into them, and their identities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.identities.rules import IdentityState
from services.membership.members.rules import MemberState, PersonState
from services.membership.merges.rules import MergeState
from services.membership.models import Identity, Member, Merge, Person
from services.membership.privacy.models import DataRequest, DataRequestPart
from shared.store import Tx, across, constant, scope


@dataclass(frozen=True)
class Subject:
    """Somebody in the transaction's community: one person, however many members they were."""

    members: Sequence[Member]
    identity_ids: Sequence[UUID]

    @property
    def member_ids(self) -> list[UUID]:
        return [each.id for each in self.members]

    def part_of(
        self, request: DataRequest, community_id: UUID, told_at: datetime | None = None
    ) -> DataRequestPart:
        """The subject as it is remembered with a request."""
        logins = {each.person_id for each in self.members} | {request.person_id}
        return DataRequestPart(
            request_id=request.id,
            community_id=community_id,
            member_ids=[str(each) for each in self.member_ids],
            identity_ids=[str(each) for each in self.identity_ids],
            person_ids=sorted(str(each) for each in logins if each is not None),
            told_at=told_at,
            told=int(told_at is not None),
        )


async def communities_of(tx: Tx, request: DataRequest) -> list[UUID]:
    """The communities a request is about, in the order in which they are locked."""
    if request.community_id is not None:
        return [request.community_id]
    rows: list[Any] = await tx.all(COMMUNITIES, {"person_id": request.person_id})
    return sorted(row.community_id for row in rows)


async def subject_of(tx: Tx, request: DataRequest) -> Subject:
    """The request's subject in the transaction's community."""
    if request.member_id is not None:
        found = {request.member_id}
    else:
        rows: list[Any] = await tx.all(THEIRS, {"person_id": request.person_id})
        found = {row.id for row in rows}
    looked_at: set[UUID] = set()
    while new := found - looked_at:
        looked_at |= new
        merges = await tx.all(MERGED, {"ids": sorted(new)})
        found |= {each.survivor_id for each in merges} | {each.merged_id for each in merges}
    if not found:
        return Subject([], [])
    members = await tx.all(MEMBERS, {"ids": sorted(found)})
    identities: list[Any] = await tx.all(IDENTITIES, {"ids": sorted(found)})
    return Subject(members, [row.id for row in identities])


async def belongs_nowhere(tx: Tx, person_id: UUID) -> bool:
    """Whether no membership is left of a person."""
    return not await tx.all(COMMUNITIES, {"person_id": person_id})


_PERSON: Any = sa.bindparam("person_id")
_IDS: Any = sa.bindparam("ids", expanding=True)
COMMUNITIES = constant(
    across(
        select(col(Member.community_id)).where(
            col(Member.person_id) == _PERSON, col(Member.state) != MemberState.ERASED
        ),
        why="a person is asked about, who belongs to several communities",
    )
)
THEIRS = constant(
    select(col(Member.id)).where(
        scope(Member), col(Member.person_id) == _PERSON, col(Member.state) != MemberState.ERASED
    )
)
MERGED = constant(
    select(Merge).where(
        scope(Merge),
        col(Merge.state) == MergeState.APPLIED,
        sa.or_(col(Merge.survivor_id).in_(_IDS), col(Merge.merged_id).in_(_IDS)),
    )
)
MEMBERS = constant(
    select(Member)
    .where(scope(Member), col(Member.id).in_(_IDS), col(Member.state) != MemberState.ERASED)
    .order_by(col(Member.id))
)
IDENTITIES = constant(
    select(col(Identity.id))
    .where(scope(Identity), col(Identity.member_id).in_(_IDS), col(Identity.state) == IdentityState.LINKED)
    .order_by(col(Identity.id))
)
HOLD_PERSON = constant(select(Person).where(col(Person.id) == _PERSON).with_for_update())
FORGET_LOGIN = constant(
    sa.update(Person)
    .where(col(Person.id) == _PERSON, col(Person.state) != PersonState.ERASED)
    .values(issuer="erased", subject=sa.bindparam("nobody"), state=PersonState.ERASED)
)
"""The same login coming back is somebody new: not even a hash of it stays, which a guess could confirm."""

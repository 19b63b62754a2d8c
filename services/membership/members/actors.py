"""Say who somebody is: POST /internal/actors -> a person on first sight -> member, roles, community."""

from typing import Annotated, Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlmodel import col, select

from services.membership.communities.rules import CommunityState, Visibility
from services.membership.members.rules import MemberState, PersonState
from services.membership.models import MEMBER_OF_PERSON, THE_COMMUNITY, THE_MEMBER, Member, Person
from services.membership.roles import rules as role_rules
from shared.identity import Actor
from shared.ids import uuid7
from shared.route import Command, Router, View, Write
from shared.store import Tx, constant

router = Router(tags=["internal"])

BY_LOGIN = constant(
    select(Person).where(
        col(Person.issuer) == sa.bindparam("issuer"), col(Person.subject) == sa.bindparam("subject")
    )
)
BY_ID = constant(select(Person).where(col(Person.id) == sa.bindparam("person_id")))
MERGED_TIMES = 10
"""How often a member may have been merged on before nobody is looked for any more."""


class ResolveActor(Command):
    """A person by login or by id, and the community in question; with neither, the community alone."""

    issuer: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    subject: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    person_id: UUID | None = None
    community_id: UUID | None = None

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.issuer is None) != (self.subject is None) or (self.issuer and self.person_id):
            raise ValueError("give issuer and subject, or person_id, or neither")
        return self


class CommunityAccess(View):
    """What decides whether a community may be known and used."""

    visibility: Visibility
    state: CommunityState


class ActorView(View):
    """`roles` are those in force, `member` included; `community` is null when there is none with that id."""

    person_id: UUID | None
    member_id: UUID | None
    roles: list[str]
    state: MemberState | None
    community: CommunityAccess | None


async def resolve(tx: Tx, _actor: Actor, command: ResolveActor) -> ActorView:
    """Who that is; a person nobody has seen before is remembered."""
    person = await _person(tx, command)
    member, community = None, None
    if command.community_id is not None:
        tx.within(command.community_id)
        community = await tx.first(THE_COMMUNITY)
        if person is not None and community is not None:
            member = await standing_for(tx, await tx.first(MEMBER_OF_PERSON, {"person_id": person.id}))
    return ActorView(
        person_id=person.id if person else None,
        member_id=member.id if member else None,
        roles=role_rules.roles_in_force(member.state, member.roles) if member else [],
        state=member.state if member else None,
        community=CommunityAccess.model_validate(community) if community else None,
    )


async def standing_for(tx: Tx, member: Member | None) -> Member | None:
    """The member who acts for this one: themselves, or whoever they were merged into."""
    for _ in range(MERGED_TIMES):
        if member is None or member.state is not MemberState.MERGED or member.merged_into is None:
            break
        member = await tx.first(THE_MEMBER, {"member_id": member.merged_into})
    return member


async def _person(tx: Tx, command: ResolveActor) -> Person | None:
    if command.person_id is not None:
        return await tx.first(BY_ID, {"person_id": command.person_id})
    if command.issuer is None:
        return None
    login = {"issuer": command.issuer, "subject": command.subject}
    person = await tx.first(BY_LOGIN, login)
    if person is None:
        new = {"id": uuid7(), "state": PersonState.ACTIVE, "created_at": tx.now, **login}
        await tx.execute(tx.upsert(Person).on_conflict_do_nothing(), new)
        person = await tx.one(BY_LOGIN, login)
    return person


@router.post("/internal/actors", callers={"gateway"})
async def post_actor(command: ResolveActor, write: Write) -> ActorView:
    return await write(resolve, command)

"""Read members for other services: POST /internal/members/read -> what facts do not carry."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.members.rules import MemberState
from services.membership.models import Member
from shared.identity import Actor
from shared.route import Command, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["internal"])


class ReadMembers(Command):
    """Members of one community by id."""

    community_id: UUID
    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class NamedMember(View):
    """How a member is shown to others."""

    id: UUID
    version: int
    handle: str
    display_name: str
    state: MemberState


class NamedMembers(View):
    """The members found, and the ids there is no member for."""

    items: list[NamedMember]
    missing: list[UUID]


async def named(tx: Tx, _actor: Actor, command: ReadMembers) -> NamedMembers:
    """The members of these ids, each once."""
    tx.within(command.community_id)
    wanted = set(command.ids)
    rows = await tx.all(
        select(Member).where(scope(Member), col(Member.id).in_(wanted)).order_by(col(Member.id))
    )
    found = {row.id for row in rows}
    return NamedMembers(
        items=[NamedMember.model_validate(row) for row in rows], missing=sorted(wanted - found)
    )


@router.post("/internal/members/read", callers={"gateway", "engagement", "metrics"})
async def post_members_read(command: ReadMembers, read: Read) -> NamedMembers:
    return await read(named, command)

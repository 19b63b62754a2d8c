"""Find and read members: GET /members -> filters, search by prefix, keyset pages -> views."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field

from services.membership import rules as moments
from services.membership.members.filters import Filters
from services.membership.members.rules import OUTSIDE, MemberState, Stage
from services.membership.members.search import search
from services.membership.models import THE_MEMBER, Member
from services.membership.roles.rules import Role
from shared.identity import LEVELS, Actor
from shared.problems import NotFound
from shared.route import Cursor, Instant, Limit, Page, Read, Router, View
from shared.store import Tx

router = Router(tags=["members"])

Since = Annotated[Instant, AfterValidator(moments.moment)]
Prefix = Annotated[str, Query(min_length=1, max_length=80, description="how handle or display name begins")]
Interest = Annotated[str, Query(min_length=1, max_length=60, description="an interest, in any case")]


class MemberView(View):
    """A member as others see them; `roles` are the granted ones (every active member is a member besides).

    What members tell to be helped with, their stage and the community's own fields are in their profile,
    which is for themselves and the team. `merged_into` stands for a merged member.
    """

    id: UUID
    community_id: UUID
    handle: str
    display_name: str
    headline: str | None
    bio: str | None
    organisation: str | None
    location: str | None
    interests: list[Annotated[str, Field(max_length=60)]]
    goals: list[str]
    roles: list[Role]
    is_bot: bool
    state: MemberState
    merged_into: UUID | None
    joined_at: datetime
    left_at: datetime | None
    updated_at: datetime
    version: int


def is_team(actor: Actor) -> bool:
    """Whether the caller helps to run the community, or is a program somebody let read it."""
    return actor.scopes is not None or actor.level >= LEVELS["editor"]


async def members(tx: Tx, actor: Actor, filters: Filters, limit: int, cursor: str | None) -> Page[Any]:
    """Members as they joined; in the order of what is found with `q`, of changes with `updated_since`.

    With `role`, `group` or `interest` in the order of their ids. Without `state` those who left are listed
    too, so that a mirror of the list hears of them, but not those who were merged.
    """
    found = await search(tx, actor, filters, team=is_team(actor))
    return await tx.page(found.statement, found.params, by=found.by, limit=limit, cursor=cursor)


async def member_of(tx: Tx, actor: Actor, member_id: UUID) -> Member:
    """The member; who is none yet is there for themselves and the team only."""
    member = await tx.one(THE_MEMBER, {"member_id": member_id})
    if member.state in OUTSIDE and not is_team(actor) and member.id != actor.member_id:
        raise NotFound
    return member


@router.get("/v1/communities/{community_id}/members", allows="member.read")
async def list_members(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    q: Prefix | None = None,
    role: Role | None = None,
    group: UUID | None = None,
    interest: Interest | None = None,
    state: MemberState | None = None,
    stage: Stage | None = None,
    joined_from: Since | None = None,
    joined_to: Since | None = None,
    updated_since: Since | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MemberView]:
    filters = Filters(q, role, group, interest, state, stage, joined_from, joined_to, updated_since)
    return await read(members, filters, limit, cursor, long=filters.may_take_long())


@router.get("/v1/communities/{community_id}/members/{member_id}", allows="member.read")
async def get_member(community_id: UUID, member_id: UUID, read: Read) -> MemberView:  # noqa: ARG001 - as above
    return await read(member_of, member_id)

"""Find and read members: GET /members -> filters, search by prefix, keyset pages -> views."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, Field
from sqlmodel import and_, col, or_, select

from services.membership import rules
from services.membership.models import THE_MEMBER, Member, RoleGrant
from services.membership.rules import MemberState, Role
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["members"])

MEMBERS = constant(select(Member).where(scope(Member)))
Prefix = Annotated[str, Query(min_length=1, max_length=80, description="how handle or display name begins")]


class MemberView(View):
    """A member as others see them; `roles` are the granted ones (every active member is a member besides)."""

    id: UUID
    community_id: UUID
    handle: str
    display_name: str
    headline: str | None
    bio: str | None
    interests: list[Annotated[str, Field(max_length=60)]]
    roles: list[Role]
    state: MemberState
    joined_at: datetime
    left_at: datetime | None
    updated_at: datetime
    version: int


async def members(
    tx: Tx,
    _actor: Actor,
    state: MemberState | None,
    role: Role | None,
    q: str | None,
    updated_since: datetime | None,
    limit: int,
    cursor: str | None,
) -> Page[Any]:
    """Members in the order they joined, or in the order they changed when asked for changes.

    Without `state` those who left are listed too, so that a mirror of the list hears of them.
    """
    statement = MEMBERS
    by = (Member.joined_at, Member.id)
    if state is not None:
        statement = statement.where(col(Member.state) == state)
    if role is not None:
        holders = select(RoleGrant.member_id).where(scope(RoleGrant), col(RoleGrant.role) == role)
        statement = statement.where(col(Member.id).in_(holders))
    if q is not None:
        statement = statement.where(_begins(q))
    if updated_since is not None:
        statement = statement.where(col(Member.updated_at) >= updated_since)
        by = (Member.updated_at, Member.id)
    return await tx.page(statement, by=by, limit=limit, cursor=cursor)


def _begins(q: str) -> Any:
    """Handle or display name begins with `q`, whatever its case: two ranges, each answered by an index."""
    low, high = rules.prefix_range(rules.search_key(q))
    handle, name = col(Member.handle), col(Member.name_key)
    return or_(and_(handle >= low, handle < high), and_(name >= low, name < high))


async def member_of(tx: Tx, _actor: Actor, member_id: UUID) -> Member:
    """The member."""
    return await tx.one(THE_MEMBER, {"member_id": member_id})


@router.get("/v1/communities/{community_id}/members", allows="member.read")
async def list_members(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: MemberState | None = None,
    role: Role | None = None,
    q: Prefix | None = None,
    updated_since: AwareDatetime | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MemberView]:
    return await read(members, state, role, q, updated_since, limit, cursor)


@router.get("/v1/communities/{community_id}/members/{member_id}", allows="member.read")
async def get_member(community_id: UUID, member_id: UUID, read: Read) -> MemberView:  # noqa: ARG001 - as above
    return await read(member_of, member_id)

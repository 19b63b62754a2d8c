"""Find and read members: GET /members -> filters, search by prefix, keyset pages -> views."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from pydantic import AfterValidator, Field
from sqlmodel import col, select

from services.membership import rules as moments
from services.membership.members import names
from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER, Member, RoleGrant
from services.membership.roles.rules import Role
from shared.identity import Actor
from shared.route import Cursor, Instant, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["members"])

Since = Annotated[Instant, AfterValidator(moments.moment)]
MEMBERS = constant(select(Member).where(scope(Member)))
_HANDLE, _NAME = col(Member.handle), col(Member.name_key)
_LOW, _HIGH = sa.bindparam("low", type_=sa.String()), sa.bindparam("high", type_=sa.String())
_BY_HANDLE = sa.and_(_HANDLE >= _LOW, _HANDLE < _HIGH)
FOUND = sa.union_all(
    sa.select(Member, _HANDLE.label("found_by")).where(scope(Member), _BY_HANDLE),
    sa.select(Member, _NAME.label("found_by")).where(
        scope(Member), _NAME >= _LOW, _NAME < _HIGH, sa.not_(_BY_HANDLE)
    ),
).subquery("found")
"""Members found by handle, else by name: two index ranges merged, so that a page costs about a page."""
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
    """Members as they joined; with `q` in the order of what is found, with `updated_since` of the changes.

    With `role` in the order of their ids, so that the few who hold it are all that is looked at.
    Without `state` those who left are listed too, so that a mirror of the list hears of them.
    """
    statement: Any = MEMBERS
    columns: Any = Member
    by: tuple[Any, ...] = (Member.joined_at, Member.id)
    params = None
    if q is not None:
        low, high = names.prefix_range(names.search_key(q))
        statement, columns, params = sa.select(FOUND), FOUND.c, {"low": low, "high": high}
        by = (FOUND.c.found_by, FOUND.c.id)
    elif role is not None:
        by = (Member.id,)
    elif updated_since is not None:
        by = (Member.updated_at, Member.id)
    if state is not None:
        statement = statement.where(columns.state == state)
    if role is not None:
        statement = statement.join(RoleGrant, col(RoleGrant.member_id) == columns.id)
        statement = statement.where(scope(RoleGrant), col(RoleGrant.role) == role)
    if updated_since is not None:
        statement = statement.where(columns.updated_at >= updated_since)
    return await tx.page(statement, params, by=by, limit=limit, cursor=cursor)


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
    updated_since: Since | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MemberView]:
    return await read(members, state, role, q, updated_since, limit, cursor)


@router.get("/v1/communities/{community_id}/members/{member_id}", allows="member.read")
async def get_member(community_id: UUID, member_id: UUID, read: Read) -> MemberView:  # noqa: ARG001 - as above
    return await read(member_of, member_id)

"""How members are found: one of q, role, group, interest leads, everything else narrows what it finds.

What leads has an index in the order of its pages, so that a page costs about a page; every other filter
is looked at row by row. Without a leader the list goes by `stage` and `joined_at`, by `updated_at`, by
`state` and `joined_at`, or by `joined_at`, each with its index. Two leaders are refused: together they would
read all that either finds.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.groups.find import visible_group
from services.membership.groups.predicates import satisfies
from services.membership.members import names
from services.membership.members.rules import OUTSIDE, MemberState, Stage
from services.membership.models import THE_COMMUNITY, GroupMember, Member, MemberInterest, RoleGrant
from services.membership.roles.rules import Role
from shared.identity import Actor
from shared.problems import Forbidden, Unprocessable
from shared.store import Tx, constant, scope

MEMBERS = constant(select(Member).where(scope(Member)))
SHOWN_TO_ALL = sa.and_(*(col(Member.state) != state for state in sorted(OUTSIDE)))
"""Who asks, was invited or declined is for those to see who run the community."""

NOT_MERGED = col(Member.state) != MemberState.MERGED
"""Merged members are found when asked for by their state only: somebody else stands for them."""

MEMBERS_LISTED = constant(MEMBERS.where(NOT_MERGED))
MEMBERS_SHOWN = constant(MEMBERS.where(SHOWN_TO_ALL, NOT_MERGED))
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


class FiltersDoNotCombine(Unprocessable):
    """Of `q`, `role`, `group` and `interest` one at a time."""

    title = "These filters do not combine"


@dataclass(frozen=True, slots=True)
class Filters:
    """What to find members by."""

    q: str | None = None
    role: Role | None = None
    group: UUID | None = None
    interest: str | None = None
    state: MemberState | None = None
    stage: Stage | None = None
    joined_from: datetime | None = None
    joined_to: datetime | None = None
    updated_since: datetime | None = None

    def leaders(self) -> int:
        """How many filters want to lead."""
        return sum(each is not None for each in (self.q, self.role, self.group, self.interest))


@dataclass(slots=True)
class Search:
    """A statement that finds members, in the order of `by`; `columns` are a member's in it."""

    statement: Any
    by: tuple[Any, ...]
    columns: Any = Member
    params: dict[str, Any] | None = None


async def search(tx: Tx, actor: Actor, filters: Filters, *, team: bool) -> Search:
    """What finds the members the caller may see; without `state` those who left are among them."""
    if filters.leaders() > 1:
        raise FiltersDoNotCombine
    if filters.stage is not None and not team:
        raise Forbidden("stages are for the team")
    found = await _led(tx, actor, filters)
    columns, conditions = found.columns, []
    if not team:
        conditions += [columns.state != state for state in sorted(OUTSIDE)]
    if filters.state is None:
        conditions.append(columns.state != MemberState.MERGED)
    else:
        conditions.append(columns.state == filters.state)
    if filters.stage is not None:
        conditions.append(columns.stage == filters.stage)
    if filters.joined_from is not None:
        conditions.append(columns.joined_at >= filters.joined_from)
    if filters.joined_to is not None:
        conditions.append(columns.joined_at < filters.joined_to)
    if filters.updated_since is not None:
        conditions.append(columns.updated_at >= filters.updated_since)
    if found.statement is MEMBERS and filters == Filters():
        found.statement = MEMBERS_LISTED if team else MEMBERS_SHOWN
    else:
        found.statement = found.statement.where(*conditions)
    return found


async def _led(tx: Tx, actor: Actor, filters: Filters) -> Search:
    if filters.q is not None:
        low, high = names.prefix_range(names.search_key(filters.q))
        by = (FOUND.c.found_by, FOUND.c.id)
        return Search(sa.select(FOUND), by, FOUND.c, {"low": low, "high": high})
    if filters.role is not None:
        return _joined_to(RoleGrant, col(RoleGrant.role) == filters.role)
    if filters.interest is not None:
        key = names.search_key(filters.interest)[:60]
        return _joined_to(MemberInterest, col(MemberInterest.interest) == key)
    if filters.group is not None:
        return await _of_group(tx, actor, filters.group)
    listed_by_change = filters.updated_since is not None and filters.stage is None
    first = Member.updated_at if listed_by_change else Member.joined_at
    return Search(MEMBERS, (first, Member.id))


def _joined_to(owner: Any, condition: sa.ColumnElement[bool]) -> Search:
    """Members by the rows of another table, in the order of its index."""
    statement = (
        sa.select(Member, col(owner.member_id))
        .join(owner, col(owner.member_id) == col(Member.id))
        .where(scope(Member), scope(owner), condition)
    )
    return Search(statement, (owner.member_id,))


async def _of_group(tx: Tx, actor: Actor, group_id: UUID) -> Search:
    """Who was added to the group, or whom its rule finds now; a hidden group is missing."""
    actor.require("group.read", "membership")
    group = await visible_group(tx, actor, group_id)
    if group.rule is None:
        return _joined_to(GroupMember, col(GroupMember.group_id) == group_id)
    community = await tx.one(THE_COMMUNITY)
    return Search(MEMBERS.where(satisfies(group.rule, community.timezone)), (Member.id,))

"""How members are found: one of q, role, group, interest leads, everything else narrows what it finds.

What leads has an index in the order of its pages, so that a page costs about a page; every other filter
is looked at row by row. Without a leader the list goes by `stage` and `joined_at`, by `updated_at`, by
`state` and `joined_at`, or by `joined_at`, each with its index. Two leaders are refused: together they would
read all that either finds.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.groups.find import visible_group
from services.membership.groups.predicates import satisfies
from services.membership.members import names
from services.membership.members.filters import Filters
from services.membership.members.rules import OUTSIDE, MemberState
from services.membership.models import THE_COMMUNITY, GroupMember, Member, MemberInterest, RoleGrant
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
_COLUMNS = Member.__table__.c  # type: ignore[attr-defined]
_HANDLE, _NAME, _ID = _COLUMNS.handle, _COLUMNS.name_key, _COLUMNS.id
_LOW, _HIGH = sa.bindparam("low", type_=_NAME.type), sa.bindparam("high", type_=_NAME.type)
_BY_HANDLE = sa.and_(_HANDLE >= _LOW, _HANDLE < _HIGH)
_BY_NAME = sa.and_(_NAME >= _LOW, _NAME < _HIGH, sa.not_(_BY_HANDLE))
_AFTER = sa.tuple_(sa.bindparam("after_0", type_=_NAME.type), sa.bindparam("after_1", type_=_ID.type))
"""Where the page begins, by the names `tx.page` gives a position."""

_START = {"after_0": "", "after_1": UUID(int=0)}
_PAGE = 101
"""One more than the longest page."""


class FiltersDoNotCombine(Unprocessable):
    """Of `q`, `role`, `group` and `interest` one at a time; without one, times of joining or of changes."""

    title = "These filters do not combine"


@dataclass(slots=True)
class Search:
    """A statement that finds members, in the order of `by`."""

    statement: Any
    by: tuple[Any, ...]
    params: dict[str, Any] | None = None


async def search(tx: Tx, actor: Actor, filters: Filters, *, team: bool) -> Search:
    """What finds the members the caller may see; without `state` those who left are among them."""
    if not filters.combine():
        raise FiltersDoNotCombine
    if filters.stage is not None and not team:
        raise Forbidden("stages are for the team")
    if filters == Filters():
        return Search(MEMBERS_LISTED if team else MEMBERS_SHOWN, (Member.joined_at, Member.id))
    conditions = _narrowed(filters, team=team)
    if filters.q is not None:
        return _found(names.search_key(filters.q), conditions)
    found = await _led(tx, actor, filters)
    found.statement = found.statement.where(*conditions)
    return found


def _narrowed(filters: Filters, *, team: bool) -> list[sa.ColumnElement[bool]]:
    """What every member found has to be."""
    conditions = [] if team else [SHOWN_TO_ALL]
    conditions.append(NOT_MERGED if filters.state is None else col(Member.state) == filters.state)
    if filters.stage is not None:
        conditions.append(col(Member.stage) == filters.stage)
    if filters.joined_from is not None:
        conditions.append(col(Member.joined_at) >= filters.joined_from)
    if filters.joined_to is not None:
        conditions.append(col(Member.joined_at) < filters.joined_to)
    if filters.updated_since is not None:
        conditions.append(col(Member.updated_at) >= filters.updated_since)
    return conditions


def _found(prefix: str, conditions: list[sa.ColumnElement[bool]]) -> Search:
    """Members found by handle, else by name: a page of either's index range, merged."""
    parts = [
        sa.select(Member, column.label("found_by"))
        .where(scope(Member), within, sa.tuple_(column, _ID) > _AFTER, *conditions)
        .order_by(column, _ID)
        .limit(_PAGE)
        .subquery()
        for column, within in ((_HANDLE, _BY_HANDLE), (_NAME, _BY_NAME))
    ]
    found = sa.union_all(*(sa.select(part) for part in parts)).subquery("found")
    low, high = names.prefix_range(prefix)
    return Search(sa.select(found), (found.c.found_by, found.c.id), {"low": low, "high": high, **_START})


async def _led(tx: Tx, actor: Actor, filters: Filters) -> Search:
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

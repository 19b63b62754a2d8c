"""What a rule means: conditions on members, evaluated when somebody asks, so that they are never stale."""

import json
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlalchemy.ext.compiler import compiles
from sqlmodel import col

from services.membership.groups.rules import Match
from services.membership.members.names import search_key
from services.membership.members.rules import MemberState, Stage
from services.membership.models import FunctionGrant, Member, MemberInterest, RoleGrant
from services.membership.roles.rules import Function, Role
from shared.route import Command, Day
from shared.store import scope

InterestWord = Annotated[str, Field(min_length=1, max_length=60)]
CustomKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
CustomValue = Annotated[str, Field(min_length=1, max_length=200)]


class GroupRule(Command):
    """Active members who satisfy `all` or `any` of the conditions given; at least one has to be.

    `joined_from` is inclusive and `joined_to` exclusive, both days in the community's time zone; a value of
    `custom` is compared as text.
    """

    match: Match = Match.ALL
    stages: Annotated[list[Stage], Field(min_length=1, max_length=10)] | None = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)] | None = None
    functions: Annotated[list[Function], Field(min_length=1, max_length=10)] | None = None
    interests: Annotated[list[InterestWord], Field(min_length=1, max_length=20)] | None = None
    joined_from: Day | None = None
    joined_to: Day | None = None
    custom: Annotated[dict[CustomKey, CustomValue], Field(min_length=1, max_length=10)] | None = None

    @model_validator(mode="after")
    def _some_condition(self) -> "GroupRule":
        if not self.model_dump(exclude_none=True, exclude={"match"}):
            raise ValueError("give at least one condition")
        return self


class custom_text(sa.sql.functions.GenericFunction[str]):  # noqa: N801 - a function of SQL
    """A value of a JSON object kept as text, itself as text; null when it is not there."""

    type = sa.Text()
    inherit_cache = True
    name = "custom_text"


@compiles(custom_text, "sqlite")
def _sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    document, key = (compiler.process(each, **kwargs) for each in element.clauses)
    word = f"CAST(json_extract({document}, '$.' || {key}) AS TEXT)"
    kind = f"json_type({document}, '$.' || {key})"
    return f"CASE WHEN {kind} IN ('true', 'false') THEN {kind} ELSE {word} END"


@compiles(custom_text, "postgresql")
def _postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    document, key = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"(({document})::jsonb ->> {key})"


def satisfies(stored: dict[str, Any], timezone: str) -> sa.ColumnElement[bool]:
    """The condition on `Member` a stored rule stands for."""
    rule = GroupRule.model_validate_json(json.dumps(stored))
    conditions = [*_held(rule), *_joined(rule, timezone), *_custom(rule)]
    matching = sa.and_(*conditions) if rule.match is Match.ALL else sa.or_(*conditions)
    return sa.and_(col(Member.state) == MemberState.ACTIVE, matching)


def _held(rule: GroupRule) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if rule.stages is not None:
        found.append(col(Member.stage).in_(rule.stages))
    for values, column, owner in (
        (rule.roles, RoleGrant.role, RoleGrant),
        (rule.functions, FunctionGrant.function, FunctionGrant),
        (
            [search_key(each) for each in rule.interests] if rule.interests else None,
            MemberInterest.interest,
            MemberInterest,
        ),
    ):
        if values is not None:
            holders = sa.select(col(owner.member_id)).where(scope(owner), col(column).in_(values))
            found.append(col(Member.id).in_(holders))
    return found


def _joined(rule: GroupRule, timezone: str) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if rule.joined_from is not None:
        found.append(col(Member.joined_at) >= _midnight(rule.joined_from, timezone))
    if rule.joined_to is not None:
        found.append(col(Member.joined_at) < _midnight(rule.joined_to, timezone))
    return found


def _custom(rule: GroupRule) -> list[sa.ColumnElement[bool]]:
    wanted = rule.custom or {}
    return [
        custom_text(col(Member.custom), sa.literal(key, sa.Text())) == sa.literal(value, sa.Text())
        for key, value in wanted.items()
    ]


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(timezone))

"""What people say about themselves when they come in and later: the members of a profile, and its checks."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AfterValidator, Field
from sqlmodel import col

from services.membership.members import names
from services.membership.members.field_values import FIELDS_LIMIT, OPTIONS_LIMIT, TEXT_LIMIT, complaint
from services.membership.members.fields import FIELDS_IN_USE
from services.membership.models import MemberInterest
from shared.problems import Unprocessable
from shared.route import Command
from shared.store import Tx, scope

_HANDLE_SCHEMA = {"pattern": r"^[A-Za-z0-9._-]{2,40}$", "minLength": 2, "maxLength": 40}
Handle = Annotated[str, Field(max_length=80, json_schema_extra=_HANDLE_SCHEMA), AfterValidator(names.handle)]
DisplayName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
Headline = Annotated[str, Field(min_length=1, max_length=160)]
Bio = Annotated[str, Field(min_length=1, max_length=4000)]
Organisation = Annotated[str, Field(min_length=1, max_length=120)]
Location = Annotated[str, Field(min_length=1, max_length=80, description="coarse: a region, not an address")]
Interests = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=30)]
Statements = Annotated[list[Annotated[str, Field(min_length=1, max_length=280)]], Field(max_length=20)]
CustomValue = (
    Annotated[str, Field(max_length=TEXT_LIMIT)]
    | bool
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=OPTIONS_LIMIT)]
    | None
)
Custom = Annotated[dict[Annotated[str, Field(max_length=40)], CustomValue], Field(max_length=FIELDS_LIMIT)]
"""By the key of the community's fields; null empties a field."""


class Source(Command):
    """How somebody came to hear of the community."""

    channel: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    campaign: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    referrer: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Newcomer(Command):
    """What somebody may tell when they come in; all of it can be told, changed and withdrawn later."""

    headline: Headline | None = None
    bio: Bio | None = None
    organisation: Organisation | None = None
    location: Location | None = None
    interests: Interests = Field(default_factory=list)
    goals: Statements = Field(default_factory=list)
    motivations: Statements = Field(default_factory=list)
    pain_points: Statements = Field(default_factory=list)
    custom: Custom = Field(default_factory=dict)
    source: Source = Field(default_factory=Source)


class FieldsDoNotFit(Unprocessable):
    """What was given does not fit the community's fields; `errors` says where and why."""

    title = "Custom fields do not fit"


async def custom_after(
    tx: Tx, given: Mapping[str, Any], before: Mapping[str, Any], *, complete: bool
) -> dict[str, Any]:
    """The custom values once `given` is taken over; `complete` asks for every required one.

    What was given to a field that is retired by now can still be taken back.
    """
    if not given and not complete:
        return dict(before)
    fields = {field.key: field for field in await tx.all(FIELDS_IN_USE)}
    after = {key: value for key, value in {**before, **given}.items() if value is not None}
    errors = []
    for key, value in given.items():
        field = fields.get(key)
        if field is None and value is None and key in before:
            continue
        if field is None:
            errors.append(_error(key, "the community has no such field"))
        elif value is not None and (reason := complaint(field.kind, field.options, value)) is not None:
            errors.append(_error(key, reason))
    if complete:
        missing = (key for key, field in fields.items() if field.required and key not in after)
        errors += [_error(key, "required") for key in missing]
    if errors:
        raise FieldsDoNotFit(errors=errors)
    return after


def _error(key: str, reason: str) -> dict[str, Any]:
    return {"where": ["body", "custom", key], "reason": reason}


def _keys(interests: Iterable[str]) -> set[str]:
    keys = {names.search_key(interest)[:60] for interest in interests}
    return keys - {""}


async def index_interests(
    tx: Tx, community_id: UUID, member_id: UUID, before: Iterable[str], after: Iterable[str]
) -> None:
    """Have the member found by the interests of `after` instead of those of `before`."""
    old, new = _keys(before), _keys(after)
    if old - new:
        gone = sa.delete(MemberInterest).where(
            scope(MemberInterest),
            col(MemberInterest.member_id) == member_id,
            col(MemberInterest.interest).in_(sorted(old - new)),
        )
        await tx.execute(gone)
    await tx.insert(
        [
            MemberInterest(community_id=community_id, interest=interest, member_id=member_id)
            for interest in sorted(new - old)
        ]
    )

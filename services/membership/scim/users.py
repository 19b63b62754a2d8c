"""Read users: GET /Users, POST /Users/.search -> filter, bounded page, projection -> User resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Path, Query
from sqlmodel import col

from services.membership.models import THE_COMMUNITY, Member
from services.membership.scim import rules
from services.membership.scim.documents import schemas_of
from services.membership.scim.finding import clause_of
from services.membership.scim.messages import ListMessage, ScimJson, SearchBody, UserAnswer, answer, listed
from services.membership.scim.models import users_joined
from services.membership.scim.projection import Projection, projection
from services.membership.scim.refusals import InvalidSyntax, InvalidValue
from services.membership.scim.rules import Resource
from services.membership.scim.schemas import USERS
from services.membership.scim.user_resources import IS_USER, USER_ROWS, id_of, one_shown, shown
from shared.answers import Rendered
from shared.identity import Actor
from shared.route import Read, Router
from shared.store import Tx

router = Router(tags=["scim"], of_caller=True)

Names = Annotated[
    str | None, Query(max_length=rules.QUERY_LENGTH, description="attributes, separated by commas")
]
Excluded = Annotated[Names, Query(alias="excludedAttributes")]
Filter = Annotated[str | None, Query(max_length=rules.QUERY_LENGTH, description="RFC 7644 section 3.4.2.2")]
ResourceId = Annotated[str, Path(max_length=100)]


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of a list; the page begins with resource number `start`."""

    filter: str | None
    start: int
    count: int
    projection: Projection


def search_of(given: Mapping[str, Any], resource: Resource) -> Search:
    """The search a query or a SearchRequest message describes."""
    start, count = (_whole(given.get(name), name) for name in ("startIndex", "count"))
    first, size = rules.page_of(start, count)
    if first > rules.LAST_START:
        raise InvalidValue(f"startIndex is at most {rules.LAST_START}: narrow the filter")
    text = given.get("filter")
    if text is not None and not isinstance(text, str):
        raise InvalidSyntax("filter is a text")
    asked = projection(_names(given, "attributes"), _names(given, "excludedAttributes"), resource)
    return Search(text or None, first, size, asked)


def search_in(message: Mapping[str, Any], resource: Resource) -> Search:
    """The search of a SearchRequest message."""
    if rules.SEARCH_REQUEST.lower() not in schemas_of(message):
        raise InvalidSyntax(f"schemas has to name {rules.SEARCH_REQUEST}")
    if message.get("sortOrder", rules.ORDERS[0]) not in rules.ORDERS:
        raise InvalidSyntax("sortOrder is ascending or descending")
    sorted_by = message.get("sortBy", "")
    if not isinstance(sorted_by, str) or len(sorted_by) > 200:
        raise InvalidSyntax("sortBy is a text of at most 200 characters")
    return search_of(message, resource)


def _whole(value: Any, name: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise InvalidValue(f"{name} is a whole number")


def _names(given: Mapping[str, Any], name: str) -> list[str] | str | None:
    value = given.get(name)
    if isinstance(value, list) and not all(isinstance(each, str) and len(each) <= 200 for each in value):
        raise InvalidSyntax(f"{name} is a list of texts")
    if value is not None and not isinstance(value, str | list):
        raise InvalidSyntax(f"{name} is a list of texts")
    return value


async def users(tx: Tx, _actor: Actor, search: Search) -> Rendered:
    """The users who satisfy the filter as they joined; `totalResults` counts all of them."""
    await tx.one(THE_COMMUNITY)
    clause = await clause_of(tx, search.filter, USERS)
    counted = users_joined(sa.select(sa.func.count().label("total"))).where(IS_USER, clause)
    total = (await tx.one(counted)).total
    page = USER_ROWS.where(clause).order_by(col(Member.joined_at), col(Member.id))
    rows = await tx.all(page.offset(search.start - 1).limit(search.count)) if search.count else []
    return listed(await shown(tx, rows, search.projection), total, search.start)


async def user(tx: Tx, _actor: Actor, member_id: UUID, asked: Projection) -> Rendered:
    """The user."""
    await tx.one(THE_COMMUNITY)
    resource, version = await one_shown(tx, member_id, asked)
    return answer(resource, version=version)


@router.get("/scim/v2/Users", allows="member.provision", response_model=ListMessage, response_class=ScimJson)
async def scim_list_users(
    read: Read,
    filter: Filter = None,
    attributes: Names = None,
    excluded: Excluded = None,
    start: Annotated[int | None, Query(alias="startIndex")] = None,
    count: int | None = None,
) -> Rendered:
    given = {"filter": filter, "attributes": attributes, "excludedAttributes": excluded}
    search = search_of(given | {"startIndex": start, "count": count}, USERS)
    return await read(users, search, long=True)


@router.post(
    "/scim/v2/Users/.search", allows="member.provision", response_model=ListMessage, response_class=ScimJson
)
async def scim_search_users(message: SearchBody, read: Read) -> Rendered:
    return await read(users, search_in(message.root, USERS), long=True)


@router.get(
    "/scim/v2/Users/{user_id}",
    allows="member.provision",
    response_model=UserAnswer,
    response_class=ScimJson,
)
async def scim_get_user(
    user_id: ResourceId,
    read: Read,
    attributes: Names = None,
    excluded: Excluded = None,
) -> Rendered:
    return await read(user, id_of(user_id), projection(attributes, excluded, USERS))

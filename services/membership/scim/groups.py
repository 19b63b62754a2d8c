"""Read groups: GET /Groups, POST /Groups/.search -> filter, bounded page, projection -> Group resources."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col

from services.membership.models import THE_COMMUNITY, Group
from services.membership.scim.finding import clause_of
from services.membership.scim.group_resources import GROUP_ROWS, IS_GROUP, one_shown, shown
from services.membership.scim.messages import (
    GroupAnswer,
    ListMessage,
    ScimJson,
    SearchBody,
    answer,
    listed,
)
from services.membership.scim.models import groups_joined
from services.membership.scim.projection import Projection, projection
from services.membership.scim.schemas import GROUPS
from services.membership.scim.user_resources import id_of
from services.membership.scim.users import Excluded, Filter, Names, ResourceId, Search, search_in, search_of
from shared.answers import Rendered
from shared.identity import Actor
from shared.route import Read, Router
from shared.store import Tx

router = Router(tags=["scim"], of_caller=True)


async def groups(tx: Tx, _actor: Actor, search: Search) -> Rendered:
    """The groups that satisfy the filter, oldest first; `totalResults` counts all of them."""
    await tx.one(THE_COMMUNITY)
    clause = await clause_of(tx, search.filter, GROUPS)
    counted = groups_joined(sa.select(sa.func.count().label("total"))).where(IS_GROUP, clause)
    total = (await tx.one(counted)).total
    page = GROUP_ROWS.where(clause).order_by(col(Group.created_at), col(Group.id))
    rows = await tx.all(page.offset(search.start - 1).limit(search.count)) if search.count else []
    return listed(await shown(tx, rows, search.projection), total, search.start)


async def group(tx: Tx, _actor: Actor, group_id: UUID, asked: Projection) -> Rendered:
    """The group."""
    await tx.one(THE_COMMUNITY)
    resource, version = await one_shown(tx, group_id, asked)
    return answer(resource, version=version)


@router.get("/scim/v2/Groups", allows="member.provision", response_model=ListMessage, response_class=ScimJson)
async def scim_list_groups(
    read: Read,
    filter: Filter = None,
    attributes: Names = None,
    excluded: Excluded = None,
    start: Annotated[int | None, Query(alias="startIndex")] = None,
    count: int | None = None,
) -> Rendered:
    given = {"filter": filter, "attributes": attributes, "excludedAttributes": excluded}
    search = search_of(given | {"startIndex": start, "count": count}, GROUPS)
    return await read(groups, search, long=True)


@router.post(
    "/scim/v2/Groups/.search", allows="member.provision", response_model=ListMessage, response_class=ScimJson
)
async def scim_search_groups(message: SearchBody, read: Read) -> Rendered:
    return await read(groups, search_in(message.root, GROUPS), long=True)


@router.get(
    "/scim/v2/Groups/{group_id}",
    allows="member.provision",
    response_model=GroupAnswer,
    response_class=ScimJson,
)
async def scim_get_group(
    group_id: ResourceId, read: Read, attributes: Names = None, excluded: Excluded = None
) -> Rendered:
    return await read(group, id_of(group_id), projection(attributes, excluded, GROUPS))

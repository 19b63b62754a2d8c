"""Find and read resources: GET /resources -> what is meant for the caller, in the order it came."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, Field
from sqlmodel import col, or_, select

from services.knowledge.models import Resource
from services.knowledge.people.readers import Reader, member_of, reader_of
from services.knowledge.resources.access import visible_resource
from services.knowledge.resources.rules import Finding, ResourceKind, ResourceState
from services.knowledge.rules import LEVEL_OF, TAG_LENGTH, Visibility
from shared.identity import Actor
from shared.route import Cursor, Instant, Limit, Page, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["resources"])

OneTag = Annotated[str, Field(min_length=1, max_length=TAG_LENGTH)]


class ResourceView(View):
    """What lies elsewhere; `finding` is where its link led when it was last looked at."""

    id: UUID
    community_id: UUID
    title: str
    summary: str | None
    url: str
    kind: ResourceKind
    tags: list[str]
    language: str
    visibility: Visibility
    requires: str | None
    checksum: str | None
    state: ResourceState
    look_at: AwareDatetime | None
    last_checked_at: AwareDatetime | None
    failures: int
    finding: Finding | None
    added_by: UUID | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """Only resources that match everything given; a retired one only where `state` asks for it."""

    kind: ResourceKind | None = None
    state: ResourceState | None = None
    tag: str | None = None
    updated_since: datetime | None = None

    def conditions(self) -> list[Any]:
        """The filter as conditions of a statement."""
        found: list[Any] = []
        if self.kind is not None:
            found.append(col(Resource.kind) == self.kind)
        if self.state is not None:
            found.append(col(Resource.state) == self.state)
        elif self.updated_since is None:  # whoever keeps a copy hears of what was retired, too
            found.append(col(Resource.state) != ResourceState.RETIRED)
        if self.tag is not None:
            written = json.dumps(self.tag.lower(), ensure_ascii=False)
            found.append(sa.cast(col(Resource.tags), sa.Text).contains(written, autoescape=True))
        if self.updated_since is not None:
            found.append(col(Resource.updated_at) >= self.updated_since)
        return found


def meant_for(reader: Reader, member_id: UUID | None) -> list[Any]:
    """What the reader may know of, as conditions of a statement."""
    if reader.is_team:
        return []
    open_to = [each for each, level in LEVEL_OF.items() if level <= reader.level]
    needed = col(Resource.requires)
    seen: Any = sa.and_(
        col(Resource.visibility).in_(open_to), or_(needed.is_(None), needed.in_(sorted(reader.held)))
    )
    seen = seen if member_id is None else or_(seen, col(Resource.added_by) == member_id)
    return [seen, col(Resource.hidden_from).is_(None)]


async def resources_of(
    tx: Tx, actor: Actor, _community_id: UUID, only: ResourceFilter, limit: int, cursor: str | None
) -> Page[Any]:
    """Resources in the order they came, or of their changes with `updated_since`."""
    seen = meant_for(await reader_of(tx, actor), member_of(actor) if actor.roles else None)
    statement = select(Resource).where(scope(Resource), *only.conditions(), *seen)
    first = Resource.created_at if only.updated_since is None else Resource.updated_at
    return await tx.page(statement, by=(first, Resource.id), limit=limit, cursor=cursor)


async def resource_of(tx: Tx, actor: Actor, _community_id: UUID, resource_id: UUID) -> Resource:
    """The resource."""
    return await visible_resource(tx, actor, resource_id)


@router.get("/v1/communities/{community_id}/resources", allows="resource.read")
async def get_resources(
    community_id: UUID,
    read: Read,
    kind: ResourceKind | None = None,
    state: ResourceState | None = None,
    tag: OneTag | None = None,
    updated_since: Instant | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ResourceView]:
    only = ResourceFilter(kind, state, tag, updated_since)
    return await read(resources_of, community_id, only, limit, cursor)


@router.get(
    "/v1/communities/{community_id}/resources/{resource_id}", allows="resource.read", revalidates=False
)
async def get_resource(community_id: UUID, resource_id: UUID, read: Read) -> ResourceView:
    return await read(resource_of, community_id, resource_id)

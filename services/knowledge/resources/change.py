"""Change and retire resources: PATCH, POST /resources/{id}/retire -> ResourceChanged, ResourceRetired."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.knowledge import inputs
from services.knowledge.models import Resource
from services.knowledge.people.readers import member_of
from services.knowledge.resources.access import own_resource
from services.knowledge.resources.add import Checksum, Summary, Url, require_callable, require_may_limit
from services.knowledge.resources.entries import entry_of
from services.knowledge.resources.find import ResourceView
from services.knowledge.resources.rules import ResourceKind, ResourceState
from services.knowledge.rules import Visibility
from services.knowledge.search import index
from shared.contracts.knowledge import ResourceChanged, ResourceRetired
from shared.identity import Actor
from shared.route import Command, Router, Write, left_out
from shared.settings import settings
from shared.store import Tx

router = Router(tags=["resources"])

PATH = "/v1/communities/{community_id}/resources/{resource_id}"


class ChangeResource(Command):
    """What to change; what is left out stays, what may be missing is emptied with null."""

    title: inputs.Title = Field(default_factory=left_out)
    url: Url = Field(default_factory=left_out)
    kind: ResourceKind = Field(default_factory=left_out)
    summary: Summary | None = None
    tags: inputs.Tags = Field(default_factory=left_out)
    language: inputs.Language = Field(default_factory=left_out)
    visibility: Visibility = Field(default_factory=left_out)
    requires: inputs.Resource | None = None
    checksum: Checksum | None = None


async def change(
    tx: Tx, actor: Actor, community_id: UUID, resource_id: UUID, command: ChangeResource
) -> Resource:
    """Change what was given; another link is looked at anew, and a broken one is broken until then."""
    resource = await own_resource(tx, actor, resource_id)
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    if given.get("url", resource.url) != resource.url:
        require_callable(given["url"], production=settings().env == "production")
        given |= {"look_at": tx.now, "failures": 0, "finding": None, "last_checked_at": None}
    require_may_limit(actor, resource.requires, given.get("requires", resource.requires))
    after = await tx.lock(Resource, resource_id, **given)
    tx.publish(ResourceChanged(community_id=community_id, resource_id=resource_id))
    _audit(tx, actor, resource, "resource.change")
    await index.put(tx, entry_of(after))
    return after


async def retire(tx: Tx, actor: Actor, community_id: UUID, resource_id: UUID) -> Resource:
    """No longer worth knowing of: it is found and looked at no more."""
    resource = await own_resource(tx, actor, resource_id)
    after = await retired(tx, resource_id)
    tx.publish(ResourceRetired(community_id=community_id, resource_id=resource_id))
    _audit(tx, actor, resource, "resource.retire")
    await index.take_out(tx, [resource_id])
    return after


async def retired(tx: Tx, resource_id: UUID) -> Resource:
    """The resource, retired; the caller publishes it."""
    return await tx.lock(Resource, resource_id, state=ResourceState.RETIRED, look_at=None)


def _audit(tx: Tx, actor: Actor, resource: Resource, action: str) -> None:
    """What is done to one's own is no privilege."""
    if resource.added_by is None or resource.added_by != member_of(actor):
        tx.audit(action, resource.id)


@router.patch(PATH, allows="resource.add", versioned=True)
async def patch_resource(
    community_id: UUID, resource_id: UUID, command: ChangeResource, write: Write
) -> ResourceView:
    return await write(change, community_id, resource_id, command)


@router.post(f"{PATH}/retire", allows="resource.add")
async def post_resource_retire(community_id: UUID, resource_id: UUID, write: Write) -> ResourceView:
    return await write(retire, community_id, resource_id)

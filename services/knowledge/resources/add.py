"""Add resources: POST /resources -> a link that may be called -> ResourceAdded, to be looked at soon."""

from typing import Annotated
from uuid import UUID

import httpx
from pydantic import Field

from services.knowledge import inputs
from services.knowledge.models import Resource
from services.knowledge.people.readers import is_editor, member_of
from services.knowledge.resources.entries import entry_of
from services.knowledge.resources.find import ResourceView
from services.knowledge.resources.rules import ResourceKind
from services.knowledge.rules import Visibility
from services.knowledge.search import index
from shared.contracts.knowledge import ResourceAdded
from shared.identity import Actor
from shared.problems import Forbidden, Unprocessable
from shared.route import Command, Router, Write
from shared.settings import settings
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["resources"])

Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s\x85<>\"\\]+$")]
Summary = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a file, in lower-case hexadecimal digits."""


class AddResource(Command):
    """Something worth knowing of at `url`; it takes no credentials to find its way there."""

    title: inputs.Title
    url: Url
    kind: ResourceKind
    summary: Summary | None = None
    tags: inputs.Tags = Field(default_factory=list)
    language: inputs.Language = "en"
    visibility: Visibility = Visibility.MEMBERS
    requires: inputs.Resource | None = None
    checksum: Checksum | None = None


class LinkNotAllowed(Unprocessable):
    """A link names a host and no user; in production it is https, as nothing else is called from there."""

    title = "That link is not looked at"


class ForEditorsToSay(Forbidden):
    """What readers must be entitled to, editors decide."""

    title = "Editors say what a resource requires"


async def add(tx: Tx, actor: Actor, community_id: UUID, command: AddResource) -> Resource:
    """Take it in; its link is looked at right after."""
    require_callable(command.url, production=settings().env == "production")
    require_may_limit(actor, None, command.requires)
    added_by = member_of(actor)
    await refuse_erased(tx, added_by)
    resource = Resource(
        **command.model_dump(),
        community_id=community_id,
        look_at=tx.now,
        added_by=added_by,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(resource)
    tx.publish(
        ResourceAdded(
            community_id=community_id, resource_id=resource.id, kind=resource.kind, added_by=added_by
        )
    )
    await index.put(tx, entry_of(resource))
    return resource


def require_may_limit(actor: Actor, before: str | None, after: str | None) -> None:
    """Raise unless the caller may have it require something else than before."""
    if before != after and not is_editor(actor):
        raise ForEditorsToSay


def require_callable(url: str, *, production: bool) -> None:
    """Raise unless the link can be looked at from here."""
    try:
        read = httpx.URL(url)
        calls = read.host and not read.userinfo and (read.port is None or 0 < read.port < 65536)
    except (httpx.InvalidURL, UnicodeError) as error:  # the host is read only when it is asked for
        raise LinkNotAllowed from error
    if not calls or (production and read.scheme != "https"):
        raise LinkNotAllowed


@router.post("/v1/communities/{community_id}/resources", status_code=201, allows="resource.add")
async def post_resource(community_id: UUID, command: AddResource, write: Write) -> ResourceView:
    return await write(add, community_id, command)

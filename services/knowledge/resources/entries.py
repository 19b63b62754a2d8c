"""How a resource is found: a Resource -> its Entry in the index."""

from services.knowledge.models import Resource
from services.knowledge.resources.rules import ResourceState
from services.knowledge.search.entries import Entry
from services.knowledge.search.rules import Found


def entry_of(resource: Resource) -> Entry:
    """What is said of it; one whose link is broken comes last among equals."""
    return Entry(
        id=resource.id,
        kind=Found.RESOURCE,
        title=resource.title,
        text=resource.summary or "",
        tags=resource.tags,
        language=resource.language,
        visibility=resource.visibility,
        requires=resource.requires,
        fresh_at=resource.updated_at,
        outdated=resource.state is ResourceState.BROKEN,
    )

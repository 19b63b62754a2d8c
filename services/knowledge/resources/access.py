"""Who may read and who may change a resource: readers it is meant for, whoever added it, and editors."""

from uuid import UUID

from services.knowledge.models import HOLD_RESOURCE, THE_RESOURCE, Resource
from services.knowledge.people.readers import Reader, member_of, reader_of
from services.knowledge.resources.rules import ResourceState
from shared.identity import Actor
from shared.problems import Forbidden, InvalidTransition, NotFound
from shared.store import Tx


def manages(actor: Actor, resource: Resource) -> bool:
    """Whether the caller looks after all resources, or added this one and still is a member."""
    member_id = member_of(actor) if actor.roles else None
    return actor.may("resource.manage", "knowledge") or (
        member_id is not None and member_id == resource.added_by
    )


async def visible_resource(tx: Tx, actor: Actor, resource_id: UUID) -> Resource:
    """The resource; missing for those it is not meant for."""
    resource = await tx.one(THE_RESOURCE, {"resource_id": resource_id})
    _require_visible(await reader_of(tx, actor), actor, resource)
    return resource


async def own_resource(tx: Tx, actor: Actor, resource_id: UUID) -> Resource:
    """The resource, held, which the caller may change and which was not retired; or the problem by name."""
    resource = await tx.one(HOLD_RESOURCE, {"resource_id": resource_id})
    _require_visible(await reader_of(tx, actor), actor, resource)
    if not manages(actor, resource):
        raise Forbidden
    if resource.state is ResourceState.RETIRED:
        raise InvalidTransition(state=resource.state.value, allowed=[])
    return resource


def _require_visible(reader: Reader, actor: Actor, resource: Resource) -> None:
    if reader.is_team:
        return
    meant = reader.may_read(resource.visibility, resource.requires) or manages(actor, resource)
    if resource.hidden_from is not None or not meant:
        raise NotFound

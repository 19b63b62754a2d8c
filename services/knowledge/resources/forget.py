"""What becomes of the resources somebody added when they are erased: they stay, without their words."""

from sqlmodel import col, select

from services.knowledge.models import Resource
from services.knowledge.resources.entries import entry_of
from services.knowledge.resources.rules import ResourceState
from services.knowledge.search import index
from services.knowledge.traces import theirs
from shared.contracts.knowledge import ResourceChanged
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant

AT_ONCE = 20


async def forget_resources(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Some of them become nobody's."""
    rows = await tx.all(ADDED, parameters_of(subject))
    after = [await tx.lock(Resource, row.id, added_by=None, summary=None) for row in rows]
    for resource in after:
        tx.publish(ResourceChanged(community_id=resource.community_id, resource_id=resource.id))
    for resource in after:
        if resource.state is not ResourceState.RETIRED:
            await index.put(tx, entry_of(resource))
    return {"resource": len(rows)} if rows else {}


ADDED = constant(
    select(Resource)
    .where(*theirs(Resource, Resource.added_by))
    .order_by(col(Resource.id))
    .limit(AT_ONCE)
    .with_for_update(key_share=True)
)

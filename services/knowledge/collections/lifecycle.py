"""Archive collections: POST /collections/{id}/archive, /restore -> CollectionArchived, CollectionRestored."""

from uuid import UUID

from services.knowledge.collections.find import CollectionView, shown_one
from services.knowledge.collections.models import HOLD_COLLECTION, Collection
from services.knowledge.collections.rules import MOVES, CollectionVerb
from shared.contracts.knowledge import CollectionArchived, CollectionRestored
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["collections"])

_PATH = "/v1/communities/{community_id}/collections/{collection_id}"
_FACTS = {CollectionVerb.ARCHIVE: CollectionArchived, CollectionVerb.RESTORE: CollectionRestored}


async def run(
    tx: Tx, _actor: Actor, community_id: UUID, collection_id: UUID, verb: CollectionVerb
) -> CollectionView:
    """Take no more articles, or take them again; what stands there stays, and can be read and found."""
    before = await tx.one(HOLD_COLLECTION, {"collection_id": collection_id})
    moves = MOVES[before.state]
    if verb not in moves:
        raise InvalidTransition(state=before.state.value, allowed=[each.value for each in moves])
    after = await tx.lock(Collection, collection_id, state=moves[verb])
    tx.publish(_FACTS[verb](community_id=community_id, collection_id=collection_id))
    tx.audit(f"collection.{verb.value}", collection_id)
    return await shown_one(tx, after)


@router.post(f"{_PATH}/archive", allows="collection.manage")
async def post_collection_archive(community_id: UUID, collection_id: UUID, write: Write) -> CollectionView:
    return await write(run, community_id, collection_id, CollectionVerb.ARCHIVE)


@router.post(f"{_PATH}/restore", allows="collection.manage")
async def post_collection_restore(community_id: UUID, collection_id: UUID, write: Write) -> CollectionView:
    return await write(run, community_id, collection_id, CollectionVerb.RESTORE)

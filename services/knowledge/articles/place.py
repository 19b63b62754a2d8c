"""Where an article stands: in a collection that takes articles, or in none."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.collections.access import curates
from services.knowledge.collections.models import Collection
from services.knowledge.collections.rules import CollectionState
from services.knowledge.people.readers import reader_of
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.store import Tx, constant, scope


class UnknownCollection(Unprocessable):
    title = "The community has no such collection"


class CollectionClosed(Conflict):
    """An archived collection keeps what it has and takes nothing new."""

    title = "The collection is archived"


async def require_open_collection(tx: Tx, actor: Actor, collection_id: UUID | None) -> Collection | None:
    """The collection, which is not archived before this transaction ends; None for none. One the caller may
    not know of is unknown."""
    if collection_id is None:
        return None
    collection = await tx.one(KEEP_COLLECTION, {"collection_id": collection_id}, otherwise=UnknownCollection)
    reader = await reader_of(tx, actor)
    seen = reader.may_read(collection.visibility, collection.requires)
    if not seen and not await curates(tx, actor, collection_id):
        raise UnknownCollection
    if collection.state is not CollectionState.ACTIVE:
        raise CollectionClosed
    return collection


KEEP_COLLECTION = constant(
    select(Collection)
    .where(scope(Collection), col(Collection.id) == sa.bindparam("collection_id"))
    .with_for_update(read=True)
)
"""The collection as it stays until commit; articles that enter it at once do not wait for one another."""

"""Who may see a collection, and who looks after it."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.collections.models import THE_COLLECTION, Collection, Curator
from services.knowledge.people.readers import is_editor, member_of, reader_of
from shared.identity import Actor
from shared.problems import NotFound
from shared.store import Tx, constant, scope


async def curates(tx: Tx, actor: Actor, collection_id: UUID | None) -> bool:
    """Whether the caller may do everything with articles of the collection: its curators may, and editors,
    who look after those in none as well."""
    if is_editor(actor):
        return True
    member_id = member_of(actor)
    if member_id is None or collection_id is None or not actor.roles:
        return False
    known = await tx.first(CURATOR, {"collection_id": collection_id, "member_id": member_id})
    return known is not None


async def collection_of(tx: Tx, collection_id: UUID) -> Collection:
    """The collection as it stands, in whatever state; NotFound when the community has none by this id."""
    return await tx.one(THE_COLLECTION, {"collection_id": collection_id})


async def visible_collection(tx: Tx, actor: Actor, collection_id: UUID) -> Collection:
    """The collection; missing for whoever may neither read nor curate it."""
    collection = await collection_of(tx, collection_id)
    reader = await reader_of(tx, actor)
    seen = reader.may_read(collection.visibility, collection.requires)
    if not seen and not await curates(tx, actor, collection_id):
        raise NotFound
    return collection


CURATOR = constant(
    select(Curator).where(
        scope(Curator),
        col(Curator.collection_id) == sa.bindparam("collection_id"),
        col(Curator.member_id) == sa.bindparam("member_id"),
    )
)

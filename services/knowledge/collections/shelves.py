"""Who finds what stands in collections: the index knows of each article in which it stands, and whoever
searches has a key to every collection they may read at that moment.

So nothing has to be written anew when a collection is opened to others, or closed.
"""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.collections.models import Collection
from services.knowledge.people.readers import Reader
from shared.store import Tx, constant, scope

_PREFIX = "collection/"


def key_of(collection_id: UUID) -> str:
    """What the index requires of those who find something in the collection."""
    return f"{_PREFIX}{collection_id}"


async def as_searcher(tx: Tx, reader: Reader) -> Reader:
    """The reader with the keys to what they may read; no entitlement stands for one."""
    if reader.is_team:
        return reader
    rows = await tx.all(READERS_OF)
    keys = {key_of(each.id) for each in rows if reader.may_read(each.visibility, each.requires)}
    held = {each for each in reader.held if not each.startswith(_PREFIX)}
    return replace(reader, held=frozenset(held | keys))


READERS_OF = constant(
    sa.select(col(Collection.id), col(Collection.visibility), col(Collection.requires)).where(
        scope(Collection)
    )
)
"""All of them: `describe.MOST` bounds how many."""

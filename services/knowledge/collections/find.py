"""Find and read collections: GET /collections -> what the caller may read or curates, by rank."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, or_, select

from services.knowledge.collections.access import visible_collection
from services.knowledge.collections.models import Collection, Curator
from services.knowledge.collections.rules import CollectionKind, CollectionState
from services.knowledge.people.readers import member_of, reader_of
from services.knowledge.rules import LEVEL_OF, Visibility
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["collections"])


class CollectionView(View):
    """Articles that stand together; `requires` is what readers must be entitled to, `approvals` how many must
    approve an article of it, `curators` are the members who look after it."""

    id: UUID
    community_id: UUID
    title: str
    description: str | None
    kind: CollectionKind
    visibility: Visibility
    requires: str | None
    approvals: int
    rank: int
    curators: list[UUID]
    state: CollectionState
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


async def shown(tx: Tx, collections: Sequence[Collection]) -> list[CollectionView]:
    """The collections with their curators."""
    curators: dict[UUID, list[UUID]] = {each.id: [] for each in collections}
    if collections:
        for row in await tx.all(CURATORS, {"ids": list(curators)}):
            curators[row.collection_id].append(row.member_id)
    names = CollectionView.model_fields.keys() - {"curators"}
    return [
        CollectionView.model_validate(
            {name: getattr(each, name) for name in names} | {"curators": curators[each.id]}
        )
        for each in collections
    ]


async def shown_one(tx: Tx, collection: Collection) -> CollectionView:
    """The collection with its curators."""
    (view,) = await shown(tx, [collection])
    return view


async def collections_of(
    tx: Tx,
    actor: Actor,
    _community_id: UUID,
    state: CollectionState | None,
    kind: CollectionKind | None,
    limit: int,
    cursor: str | None,
) -> Page[CollectionView]:
    """Collections by rank, as articles are to be looked for."""
    statement = select(Collection).where(scope(Collection))
    given: dict[str, Any] = {}
    reader = await reader_of(tx, actor)
    if not reader.is_team:
        statement = statement.where(_seen())
        given["levels"] = [each for each in Visibility if LEVEL_OF[each] <= reader.level]
        given |= {"held": sorted(reader.held), "me": member_of(actor) if actor.roles else None}
    if state is not None:
        statement = statement.where(col(Collection.state) == state)
    if kind is not None:
        statement = statement.where(col(Collection.kind) == kind)
    by = (Collection.rank, Collection.id)
    page = await tx.page(statement, given, by=by, limit=limit, cursor=cursor)
    return Page(items=await shown(tx, page.items), next_cursor=page.next_cursor)


def _seen() -> Any:
    """Collections of these levels whose requirement is held, and those of which `me` is a curator."""
    levels: Any = sa.bindparam("levels", expanding=True)
    held: Any = sa.bindparam("held", expanding=True)
    me: Any = sa.bindparam("me")
    curated = sa.select(col(Curator.collection_id)).where(scope(Curator), col(Curator.member_id) == me)
    readable = sa.and_(
        col(Collection.visibility).in_(levels),
        or_(col(Collection.requires).is_(None), col(Collection.requires).in_(held)),
    )
    return or_(readable, col(Collection.id).in_(curated))


async def collection(tx: Tx, actor: Actor, collection_id: UUID) -> CollectionView:
    """The collection."""
    return await shown_one(tx, await visible_collection(tx, actor, collection_id))


CURATORS = constant(
    select(Curator)
    .where(scope(Curator), col(Curator.collection_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Curator.member_id))
)


@router.get("/v1/communities/{community_id}/collections", allows="collection.read", revalidates=False)
async def get_collections(
    community_id: UUID,
    read: Read,
    state: CollectionState | None = None,
    kind: CollectionKind | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[CollectionView]:
    return await read(collections_of, community_id, state, kind, limit, cursor)


@router.get("/v1/communities/{community_id}/collections/{collection_id}", allows="collection.read")
async def get_collection(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    collection_id: UUID,
    read: Read,
) -> CollectionView:
    return await read(collection, collection_id)

"""Describe collections: POST, PATCH /collections -> readers, curators -> CollectionCreated, -Changed."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col

from services.knowledge.collections.find import CURATORS, CollectionView, shown_one
from services.knowledge.collections.models import Collection, Curator
from services.knowledge.collections.rules import MOST_APPROVALS, CollectionKind
from services.knowledge.inputs import Resource, Title
from services.knowledge.people.presence import is_away
from services.knowledge.rules import Visibility
from shared.contracts.knowledge import CollectionChanged, CollectionCreated
from shared.identity import Actor
from shared.problems import Conflict, Unprocessable
from shared.route import Command, Router, Whole, Write, left_out
from shared.store import Tx, constant, scope

router = Router(tags=["collections"])

MOST = 500
Description = Annotated[str, Field(min_length=1, max_length=4000)]
Approvals = Annotated[int, Field(ge=0, le=MOST_APPROVALS), Whole]
Rank = Annotated[int, Field(ge=-1_000_000, le=1_000_000), Whole]
Curators = Annotated[list[UUID], Field(max_length=50)]


class CreateCollection(Command):
    """A place for articles; smaller ranks come first."""

    title: Title
    description: Description | None = None
    kind: CollectionKind
    visibility: Visibility = Visibility.MEMBERS
    requires: Resource | None = None
    approvals: Approvals = 1
    rank: Rank = 0
    curators: Curators = Field(default_factory=list)


class ChangeCollection(Command):
    """What to change; what is left out stays, what may be missing is emptied with null."""

    title: Title = Field(default_factory=left_out)
    description: Description | None = None
    kind: CollectionKind = Field(default_factory=left_out)
    visibility: Visibility = Field(default_factory=left_out)
    requires: Resource | None = None
    approvals: Approvals = Field(default_factory=left_out)
    rank: Rank = Field(default_factory=left_out)
    curators: Curators = Field(default_factory=left_out)


class TooManyCollections(Conflict):
    """A community has at most `limit` collections, archived ones included."""

    title = "Too many collections"


class CuratorAway(Unprocessable):
    """`member_id` left, was banned or erased."""

    title = "Somebody who is away looks after nothing"


async def create(tx: Tx, _actor: Actor, community_id: UUID, command: CreateCollection) -> CollectionView:
    """Let articles stand together here."""
    if (await tx.one(COUNT)).rows >= MOST:
        raise TooManyCollections(limit=MOST)
    given = command.model_dump(exclude={"curators"})
    row = Collection(**given, community_id=community_id, created_at=tx.now, updated_at=tx.now)
    await tx.insert(row)
    await _look_after(tx, row, command.curators)
    tx.publish(CollectionCreated(community_id=community_id, collection_id=row.id, kind=row.kind.value))
    tx.audit("collection.create", row.id)
    return await shown_one(tx, row)


async def change(
    tx: Tx, _actor: Actor, community_id: UUID, collection_id: UUID, command: ChangeCollection
) -> CollectionView:
    """Change what was given; who may read it from now on may find what stands in it, and nobody else."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    curators = given.pop("curators", None)
    row = await tx.lock(Collection, collection_id, **given)
    if curators is not None:
        await _look_after(tx, row, curators)
    tx.publish(CollectionChanged(community_id=community_id, collection_id=collection_id))
    tx.audit("collection.change", collection_id)
    return await shown_one(tx, row)


async def _look_after(tx: Tx, collection: Collection, wanted: Sequence[UUID]) -> None:
    """Let these members look after it, and nobody else."""
    before = {row.member_id for row in await tx.all(CURATORS, {"ids": [collection.id]})}
    for each in sorted(set(wanted) - before):
        if await is_away(tx, each):
            raise CuratorAway(member_id=each)
        await tx.insert(
            Curator(collection_id=collection.id, member_id=each, community_id=collection.community_id)
        )
    if gone := before - set(wanted):
        await tx.execute(LOOK_AFTER_NO_MORE, {"collection_id": collection.id, "gone": sorted(gone)})


COUNT = constant(sa.select(sa.func.count().label("rows")).select_from(Collection).where(scope(Collection)))
LOOK_AFTER_NO_MORE = constant(
    sa.delete(Curator).where(
        scope(Curator),
        col(Curator.collection_id) == sa.bindparam("collection_id"),
        col(Curator.member_id).in_(sa.bindparam("gone", expanding=True)),
    )
)


@router.post("/v1/communities/{community_id}/collections", status_code=201, allows="collection.manage")
async def post_collection(community_id: UUID, command: CreateCollection, write: Write) -> CollectionView:
    return await write(create, community_id, command)


@router.patch(
    "/v1/communities/{community_id}/collections/{collection_id}", allows="collection.manage", versioned=True
)
async def patch_collection(
    community_id: UUID, collection_id: UUID, command: ChangeCollection, write: Write
) -> CollectionView:
    return await write(change, community_id, collection_id, command)

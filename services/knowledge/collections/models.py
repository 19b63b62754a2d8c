"""Collections, and who looks after them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, col, select

from services.knowledge.collections.rules import CollectionKind, CollectionState
from services.knowledge.rules import Visibility
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope


class Collection(Base, table=True):
    """Articles that stand together; `rank` orders collections, smallest first.

    `approvals`: how many others must approve an article of it before it is published. `requires`: what a
    reader must be entitled to, see Entitlement.
    """

    __tablename__ = "collection"
    __table_args__ = (Index("collection_rank_idx", "community_id", "rank", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    title: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    description: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("none"))
    kind: CollectionKind
    visibility: Visibility = Visibility.MEMBERS
    requires: str | None = Field(default=None, max_length=120, sa_column_kwargs=pii("none"))
    approvals: int = 1
    rank: int = 0
    state: CollectionState = CollectionState.ACTIVE
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Curator(Base, table=True):
    """A member who looks after a collection: reviews, publishes and verifies its articles."""

    __tablename__ = "curator"
    __table_args__ = (Index("curator_member_idx", "member_id"),)

    collection_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    community_id: UUID


_THE_COLLECTION = select(Collection).where(
    scope(Collection), col(Collection.id) == sa.bindparam("collection_id")
)
THE_COLLECTION = constant(_THE_COLLECTION)
HOLD_COLLECTION = constant(_THE_COLLECTION.with_for_update(key_share=True))

"""Resources: links into other systems, and whether they still lead somewhere."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, col, select

from services.knowledge.resources.rules import Finding, ResourceKind, ResourceState
from services.knowledge.rules import Visibility
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

CLOCK_RUNS = text("look_at IS NOT NULL")


class Resource(Base, table=True):
    """Something worth knowing of at `url`; `checksum` is the SHA-256 its owner gave for the file, if any.

    `hidden_from` is the state it goes back to when moderation shows it again; until then only the team sees
    it. `look_at` is when the link is looked at next, `failures` how often in a row it led nowhere, `finding`
    where it led last. What a look finds is a version only when the state changes.
    """

    __tablename__ = "resource"
    __table_args__ = (
        Index("resource_created_at_idx", "community_id", "created_at", "id"),
        Index("resource_updated_at_idx", "community_id", "updated_at", "id"),
        Index("resource_state_idx", "community_id", "state", "created_at", "id"),
        Index("resource_added_by_idx", "community_id", "added_by"),
        Index("resource_look_at_idx", "look_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    title: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    summary: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("freetext"))
    url: str = Field(max_length=2000, sa_column_kwargs=pii("none"))
    kind: ResourceKind
    tags: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    language: str = Field(max_length=35, sa_column_kwargs=pii("none"))
    visibility: Visibility = Visibility.MEMBERS
    requires: str | None = Field(default=None, max_length=120, sa_column_kwargs=pii("none"))
    checksum: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    state: ResourceState = ResourceState.ACTIVE
    hidden_from: ResourceState | None = None
    look_at: datetime | None
    last_checked_at: datetime | None = None
    failures: int = 0
    finding: Finding | None = None
    added_by: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int = 1


_THE_RESOURCE = select(Resource).where(scope(Resource), col(Resource.id) == sa.bindparam("resource_id"))
THE_RESOURCE = constant(_THE_RESOURCE)
HOLD_RESOURCE = constant(_THE_RESOURCE.with_for_update(key_share=True))

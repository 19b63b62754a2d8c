"""Imports: what is to be read in, and what became of each document."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, LargeBinary, text
from sqlmodel import Field, col, select

from services.knowledge.imports.rules import ImportSource, ImportState, Outcome
from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

WAITS = text("state IN ('queued', 'running')")


class ImportJob(Base, table=True):
    """Documents of one source; `name` tells sources apart, within one a path names a document for good.

    The counters are what became of those that were read by now.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        Index("import_job_created_at_idx", "community_id", "created_at", "id"),
        Index("import_job_waits_idx", "created_at", "id", sqlite_where=WAITS, postgresql_where=WAITS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    source: ImportSource
    name: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    collection_id: UUID | None = None
    mapping: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))
    state: ImportState = ImportState.QUEUED
    total: int
    done: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    failure: str | None = Field(default=None, max_length=300, sa_column_kwargs=pii("none"))
    requested_by: str = Field(max_length=80, sa_column_kwargs=pii("none"))
    member_id: UUID | None = None
    created_at: datetime
    finished_at: datetime | None = None


class ImportDocument(Base, table=True):
    """One document of an import, in the order given; `content` is deflated, and goes once it was read.

    `outcome` is null until it was its turn; `postponed` when it waits for those that follow it, one of which
    may have replaced it. `notes`: what was not understood, or why it was refused; `links`: those that led
    nowhere when it was read.
    """

    __tablename__ = "import_document"

    import_id: UUID = Field(primary_key=True, foreign_key="import_job.id")
    number: int = Field(primary_key=True)
    community_id: UUID
    path: str = Field(max_length=500, sa_column_kwargs=pii("none"))
    content: bytes | None = Field(sa_type=LargeBinary, sa_column_kwargs=pii("freetext"))
    postponed: bool = False
    outcome: Outcome | None = None
    article_id: UUID | None = None
    notes: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    links: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))


THE_IMPORT = constant(
    select(ImportJob).where(scope(ImportJob), col(ImportJob.id) == sa.bindparam("import_id"))
)

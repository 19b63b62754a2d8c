"""Pictures that articles show."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, col, select

from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope


class Attachment(Base, table=True):
    """A picture as it came; `source_path` names it within what it was imported from.

    Whoever may read its collection sees it; one of none is the members'.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("community_id", "source", "source_path", name="source_path"),
        Index("attachment_created_at_idx", "community_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    collection_id: UUID | None = Field(default=None, foreign_key="collection.id")
    name: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    media_type: str = Field(max_length=40, sa_column_kwargs=pii("none"))
    content: bytes = Field(sa_type=LargeBinary, sa_column_kwargs=pii("freetext"))
    digest: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    source: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("none"))
    source_path: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("none"))
    added_by: UUID | None = None
    created_at: datetime


THE_ATTACHMENT = constant(
    select(Attachment).where(scope(Attachment), col(Attachment.id) == sa.bindparam("attachment_id"))
)

"""The catalogue of formats."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, col, select

from services.events.formats.rules import Effort, FormatState, Setting
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope


class Format(Base, table=True):
    """A way to meet: a talk, a workshop, a photo walk; what it achieved is counted from evaluations."""

    __tablename__ = "format"
    __table_args__ = (
        UniqueConstraint("community_id", "key", name="key"),
        Index("format_created_at_idx", "community_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    key: str = Field(max_length=40, sa_column_kwargs=pii("none"))
    name: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    description: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("none"))
    default_minutes: int
    setting: Setting
    learning_outcomes: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    effort: Effort | None = None
    state: FormatState = FormatState.CANDIDATE
    suggested_by: UUID | None = None
    """The option of a playbook that was chosen and means this format."""

    created_at: datetime
    updated_at: datetime
    version: int = 1


THE_FORMAT = constant(select(Format).where(scope(Format), col(Format.id) == sa.bindparam("format_id")))

"""Who found an article right, or right no longer, and until when that holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.knowledge.tables import Base
from shared.ids import uuid7
from shared.store import pii


class Verification(Base, table=True):
    """Somebody read the released revision and found it right until then, or (not `holds`) right no longer;
    appended, never changed."""

    __tablename__ = "verification"
    __table_args__ = (
        Index("verification_article_idx", "article_id", "created_at", "id"),
        Index("verification_member_idx", "verified_by"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    article_id: UUID = Field(foreign_key="article.id")
    revision: int
    holds: bool = True
    verified_by: UUID | None
    until: datetime
    note: str | None = Field(default=None, max_length=1000, sa_column_kwargs=pii("freetext"))
    created_at: datetime

"""The ledger of consents: a row for each time one was given; withdrawing ends it and removes nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from services.membership.consents.rules import Purpose
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import pii

IN_FORCE = text("withdrawn_at IS NULL")


class Consent(Base, table=True):
    """A member or prospect (`subject_id`) agreed to a purpose under a version of the policy."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "consent_in_force_idx",
            "community_id",
            "subject_id",
            "purpose",
            unique=True,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        ),
        Index("consent_subject_idx", "community_id", "subject_id", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    subject_id: UUID
    purpose: Purpose
    policy_version: str = Field(max_length=40, sa_column_kwargs=pii("none"))
    proof: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    given_at: datetime
    withdrawn_at: datetime | None = None
    version: int = 1

"""The base of potential members; contact, name and notes lie sealed, and are gone once forgotten."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from services.membership.prospects.rules import ProspectState
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import pii


class Prospect(Base, table=True):
    """Somebody who may come to belong; sealed texts are about the prospect's id.

    `contact_digest` finds the same contact again. It outlives a withdrawal, so that who withdrew is not
    captured anew from a list, and goes with everything else when the prospect is forgotten.
    """

    __tablename__ = "prospect"
    __table_args__ = (
        UniqueConstraint("community_id", "contact_digest", name="contact"),
        Index("prospect_created_at_idx", "community_id", "created_at", "id"),
        Index("prospect_state_idx", "community_id", "state", "created_at", "id"),
        Index("prospect_member_idx", "community_id", "member_id"),
        Index("prospect_forgotten_at_idx", "forgotten_at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    contact: str | None = Field(max_length=2000, sa_column_kwargs=pii("contact"))
    contact_digest: str | None = Field(max_length=64, sa_column_kwargs=pii("contact"))
    name: str | None = Field(default=None, max_length=1000, sa_column_kwargs=pii("name"))
    notes: str | None = Field(default=None, max_length=24_000, sa_column_kwargs=pii("freetext"))
    source_channel: str = Field(max_length=40, sa_column_kwargs=pii("behaviour"))
    interests: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext"))
    need_refs: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("behaviour"))
    consent_id: UUID | None = Field(default=None, foreign_key="consent.id")
    state: ProspectState = ProspectState.CAPTURED
    member_id: UUID | None = None
    contacted_at: datetime | None = None
    forgotten_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1

"""Partner organisations, and the versions of what was proposed to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from services.membership.partners.rules import PartnerState, PropositionState
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import pii


class Partner(Base, table=True):
    """An organisation; `contacts` is a JSON list, sealed about the partner's id."""

    __tablename__ = "partner"
    __table_args__ = (
        Index("partner_created_at_idx", "community_id", "created_at", "id"),
        Index("partner_state_idx", "community_id", "state", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    name: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    interests: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    expertise: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    contacts: str | None = Field(default=None, max_length=100_000, sa_column_kwargs=pii("contact"))
    channel: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("none"))
    state: PartnerState = PartnerState.IDENTIFIED
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Proposition(Base, table=True):
    """What the community gives a partner and asks for it: version `number` of 1..n."""

    __tablename__ = "proposition"
    __table_args__ = (
        UniqueConstraint("community_id", "partner_id", "number", name="number"),
        Index("proposition_valid_until_idx", "state", "valid_until"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    partner_id: UUID = Field(foreign_key="partner.id")
    number: int
    gives: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    asks: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    valid_until: datetime
    state: PropositionState = PropositionState.DRAFT
    offered_at: datetime | None = None
    closed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

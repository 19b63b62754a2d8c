"""The demographic vault: answers sealed one by one, the dimensions a community adds, and what is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from services.membership.tables import Base
from shared.store import pii


class DemographicDimension(Base, table=True):
    """A question a community adds to the fixed ones; its answers stay as they are for as long as it lives."""

    __tablename__ = "demographic_dimension"

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    key: str = Field(max_length=40, primary_key=True, sa_column_kwargs=pii("none"))
    label: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    options: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    created_at: datetime


class DemographicAnswer(Base, table=True):
    """What a member answered, and in which cell they are counted, sealed about member and dimension."""

    __tablename__ = "demographic_answer"
    __table_args__ = (Index("demographic_answer_member_idx", "community_id", "member_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    dimension: str = Field(max_length=40, primary_key=True, sa_column_kwargs=pii("none"))
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    sealed: str = Field(max_length=1000, sa_column_kwargs=pii("behaviour"))
    answered_at: datetime


class DemographicSnapshot(Base, table=True):
    """What is told of a dimension since a period began; `sealed` are the figures it was made of."""

    __tablename__ = "demographic_snapshot"

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    dimension: str = Field(max_length=40, primary_key=True, sa_column_kwargs=pii("none"))
    period: int
    told: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    sealed: str = Field(max_length=100_000, sa_column_kwargs=pii("behaviour"))

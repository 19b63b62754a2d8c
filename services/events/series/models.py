"""Series of events and who registered for whole series."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.events.series.rules import RsvpScope, SeriesState
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

EXTENDS = text("extend_at IS NOT NULL")
STANDS = text("cancelled_at IS NULL")


class Series(Base, table=True):
    """A rule by which events recur: RFC 5545's RRULE, RDATE and EXDATE over local times in one zone.

    `template` holds what every occurrence begins with (see `series.inputs`), `online_url` is sealed about
    the series' id. One that never ran was not `announced`. `horizon_at` is up to when occurrences exist as
    events, `extend_at` when more have to be made. `source` and `source_hash` say where an imported one came
    from, and as what.
    """

    __tablename__ = "series"
    __table_args__ = (
        Index("series_created_at_idx", "community_id", "created_at", "id"),
        Index("series_group_idx", "community_id", "group_id", "created_at", "id"),
        UniqueConstraint("community_id", "uid", name="uid"),
        Index("series_extend_at_idx", "extend_at", sqlite_where=EXTENDS, postgresql_where=EXTENDS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    uid: str = Field(max_length=255, sa_column_kwargs=pii("none"))
    sequence: int = 0
    title: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    description: str | None = Field(default=None, max_length=10_000, sa_column_kwargs=pii("none"))
    format_id: UUID | None = Field(default=None, foreign_key="format.id")
    group_id: UUID | None = None
    timezone: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    all_day: bool = False
    starts_local: str = Field(max_length=19, sa_column_kwargs=pii("none"))
    duration_minutes: int
    rrule: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("none"))
    rdates: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    exdates: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    template: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))
    online_url: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("none"))
    rsvp_scope: RsvpScope = RsvpScope.ONE
    state: SeriesState = SeriesState.DRAFT
    announced: bool = True
    horizon_at: datetime | None = None
    extend_at: datetime | None = None
    source: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("none"))
    source_hash: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    created_at: datetime
    updated_at: datetime
    version: int = 1


class SeriesRegistration(Base, table=True):
    """A member comes to every occurrence from `from_local` on, those made later included, until cancelled."""

    __tablename__ = "series_registration"
    __table_args__ = (
        Index(
            "series_registration_one_idx",
            "series_id",
            "member_id",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
        Index("series_registration_member_idx", "member_id"),
        Index("series_registration_series_idx", "series_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    series_id: UUID = Field(foreign_key="series.id")
    member_id: UUID
    party_size: int
    scope: RsvpScope
    from_local: str = Field(max_length=19, sa_column_kwargs=pii("none"))
    cancelled_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


_THE_SERIES = select(Series).where(scope(Series), col(Series.id) == sa.bindparam("series_id"))
THE_SERIES = constant(_THE_SERIES)
HOLD_SERIES = constant(_THE_SERIES.with_for_update(key_share=True))
"""The series, nobody else's to change or extend until commit; taken before any of its events."""

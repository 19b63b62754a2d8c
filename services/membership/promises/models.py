"""The ledger of promises, and the facts they may wait for."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, col, select

from services.membership.promises.rules import (
    Occasion,
    PromiseSource,
    PromiseState,
    PromiseVisibility,
    RecipientKind,
)
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

CLOCK_RUNS = text("clock_at IS NOT NULL")
WAITS = text("on_event IS NOT NULL AND settled_at IS NULL")
NOT_SWEPT = text("swept_at IS NULL")


class Promise(Base, table=True):
    """What somebody was promised, and what became of it.

    `due_at` and `on_event` (with `about_id` only that very aggregate) say when it is to be kept; `breaks_at`
    is due and grace, `clock_at` the moment after which the clock has something to do. `text` is null where
    another service keeps the words. `settled_at` is when it was kept, broken, released or superseded.
    """

    __tablename__ = "promise"
    __table_args__ = (
        Index("promise_made_at_idx", "community_id", "made_at", "id"),
        Index("promise_state_idx", "community_id", "state", "made_at", "id"),
        Index("promise_to_idx", "community_id", "to_id", "made_at", "id"),
        Index("promise_owner_idx", "community_id", "owner_member_id", "made_at", "id"),
        Index("promise_visibility_idx", "community_id", "visibility", "made_at", "id"),
        Index("promise_due_at_idx", "community_id", "due_at", "state"),
        Index(
            "promise_waits_idx",
            "community_id",
            "on_event",
            "made_at",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
        Index("promise_clock_at_idx", "clock_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    to_kind: RecipientKind
    to_id: UUID
    text: str | None = Field(default=None, max_length=2000, sa_column_kwargs=pii("freetext"))
    source: PromiseSource = PromiseSource.MEMBERSHIP
    due_at: datetime | None = None
    on_event: Occasion | None = None
    about_id: UUID | None = None
    grace_hours: int = 0
    breaks_at: datetime | None = None
    clock_at: datetime | None = None
    owner_member_id: UUID | None = None
    visibility: PromiseVisibility
    evidence: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs=pii("freetext")
    )
    state: PromiseState = PromiseState.OPEN
    made_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    made_at: datetime
    settled_at: datetime | None = None
    reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("freetext"))
    superseded_by: UUID | None = Field(default=None, foreign_key="promise.id")
    apology: str | None = Field(default=None, max_length=2000, sa_column_kwargs=pii("freetext"))
    apologised_at: datetime | None = None
    updated_at: datetime
    version: int = 1


class Occurrence(Base, table=True):
    """A fact promises may wait for (`id` is the fact's); swept when those who did are settled."""

    __tablename__ = "promise_occurrence"
    __table_args__ = (
        Index("promise_occurrence_occurred_at_idx", "community_id", "occasion", "occurred_at"),
        Index("promise_occurrence_received_at_idx", "received_at"),
        Index(
            "promise_occurrence_unswept_idx",
            "received_at",
            sqlite_where=NOT_SWEPT,
            postgresql_where=NOT_SWEPT,
        ),
    )

    id: UUID = Field(primary_key=True)
    community_id: UUID
    occasion: Occasion
    about_id: UUID
    occurred_at: datetime
    received_at: datetime
    swept_at: datetime | None = None


_THE_PROMISE = select(Promise).where(scope(Promise), col(Promise.id) == sa.bindparam("promise_id"))
THE_PROMISE = constant(_THE_PROMISE)
HOLD_PROMISE = constant(_THE_PROMISE.with_for_update(key_share=True))
"""The promise, nobody else's to change until commit."""

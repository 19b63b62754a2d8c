"""Events, and who organises them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.events.events.rules import Approval, EventState
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

CLOCK_RUNS = text("clock_at IS NOT NULL")


class Event(Base, table=True):
    """When and where people meet; `starts_local` and `timezone` decide, `starts_at` follows from them.

    An occurrence of a series has `series_id` and `recurrence_id`, its local start by the rule; `overridden`
    ones no longer follow changes of the series. `online_url` is sealed about the event's id and shown to
    whoever is registered. Without `capacity` everybody finds a place. `taken` counts the seats of confirmed
    and offered registrations, `waiting` those waitlisted, `next_seq` numbers registrations and `next_step`
    the seat log; they are no part of the version. `announced` ones were published once: members know of them.
    `clock_at` is when time next does something to the event,
    `settled_at` when its attendance was counted.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("community_id", "series_id", "recurrence_id", name="occurrence"),
        CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name="seats"),
        Index("event_starts_at_idx", "community_id", "starts_at", "id"),
        Index("event_state_idx", "community_id", "state", "starts_at", "id"),
        Index("event_series_idx", "series_id", "starts_at"),
        Index("event_group_idx", "community_id", "group_id", "starts_at", "id"),
        Index("event_format_idx", "community_id", "format_id", "starts_at"),
        Index("event_updated_at_idx", "community_id", "updated_at", "id"),
        Index("event_clock_at_idx", "clock_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    series_id: UUID | None = Field(default=None, foreign_key="series.id")
    recurrence_id: str | None = Field(default=None, max_length=19, sa_column_kwargs=pii("none"))
    overridden: bool = False
    uid: str = Field(max_length=255, sa_column_kwargs=pii("none"))
    sequence: int = 0
    title: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    description: str | None = Field(default=None, max_length=10_000, sa_column_kwargs=pii("none"))
    format_id: UUID | None = Field(default=None, foreign_key="format.id")
    group_id: UUID | None = None
    timezone: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    all_day: bool = False
    starts_local: str = Field(max_length=19, sa_column_kwargs=pii("none"))
    starts_at: datetime
    ends_at: datetime
    venue: dict[str, Any] | None = Field(default=None, sa_type=JSON, sa_column_kwargs=pii("none"))
    online_url: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("none"))
    capacity: int | None = None
    per_registration_max: int = 1
    waitlist_enabled: bool = True
    waitlist_max: int | None = None
    offer_minutes: int = 1440
    allow_skip: bool = False
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cancel_cutoff_minutes: int = 0
    approval: Approval = Approval.AUTO
    audience: dict[str, Any] | None = Field(default=None, sa_type=JSON, sa_column_kwargs=pii("none"))
    accessibility: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))
    cost: dict[str, Any] | None = Field(default=None, sa_type=JSON, sa_column_kwargs=pii("none"))
    reminders: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    guideline_version: int | None = None
    state: EventState = EventState.DRAFT
    announced: bool = False
    cancel_reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("none"))
    taken: int = 0
    waiting: int = 0
    next_seq: int = 1
    next_step: int = 1
    confirmed_at_start: int | None = None
    clock_at: datetime | None = None
    settled_at: datetime | None = None
    source: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("none"))
    source_hash: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    created_by: UUID | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Organiser(Base, table=True):
    """A member who organises an event or a series (`of_id`)."""

    __tablename__ = "organiser"
    __table_args__ = (Index("organiser_member_idx", "member_id"),)

    of_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    community_id: UUID


_THE_EVENT = select(Event).where(scope(Event), col(Event.id) == sa.bindparam("event_id"))
THE_EVENT = constant(_THE_EVENT)
HOLD_EVENT = constant(_THE_EVENT.with_for_update(key_share=True))
"""The event, nobody else's to change until commit: everything about its seats happens one at a time."""

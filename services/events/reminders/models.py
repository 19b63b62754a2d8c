"""Planned reminders: each is told once, at its time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from services.events.reminders.rules import ReminderKind, ReminderState
from services.events.tables import Base
from shared.ids import uuid7

IS_PLANNED = text("state = 'planned'")


class Reminder(Base, table=True):
    """The `number`th reminder of an event's plan; `due_at` follows the event's time while it is planned."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("event_id", "kind", "number", name="number"),
        Index("reminder_due_at_idx", "due_at", sqlite_where=IS_PLANNED, postgresql_where=IS_PLANNED),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    event_id: UUID = Field(foreign_key="event.id")
    kind: ReminderKind
    number: int
    due_at: datetime
    state: ReminderState = ReminderState.PLANNED
    created_at: datetime
    updated_at: datetime
    version: int = 1

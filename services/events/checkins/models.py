"""What devices at the door recorded; appended only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.events.checkins.rules import CheckInKind, CheckInOutcome
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import pii


class CheckIn(Base, table=True):
    """One entry or exit: `at` is the device's time, `nonce` the device's own number of it, once per event."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("event_id", "device_id", "nonce", name="nonce"),
        Index("check_in_registration_idx", "registration_id", "at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    event_id: UUID = Field(foreign_key="event.id")
    registration_id: UUID = Field(foreign_key="registration.id")
    device_id: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    nonce: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    kind: CheckInKind
    outcome: CheckInOutcome
    at: datetime
    received_at: datetime

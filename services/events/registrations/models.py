"""Registrations, the offers made from the waiting list, and the log that proves who came first."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, text
from sqlmodel import Field, col, select

from services.events.registrations.rules import (
    OfferState,
    RegistrationSource,
    RegistrationState,
    SeatStep,
)
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

COUNTS = text("active")
COUNTS_SQLITE = text("active = 1")
IS_OPEN = text("state = 'open'")


class Registration(Base, table=True):
    """Somebody wants to come, with a party of `party_size`: a member, or a guest whose contact lies sealed.

    `seq` is the place in the order of the event: who waits is served by it, and an expired offer gets a new
    one, at the end. `active` is true in the states of `rules.ACTIVE`. `late` marks a cancellation after the
    cutoff. `reconfirm` is set when the event was moved, until the new time is confirmed. `guest`, `answers`
    and `needs` are JSON, sealed about the registration's id and the column.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "registration_one_idx",
            "event_id",
            "member_id",
            unique=True,
            sqlite_where=COUNTS_SQLITE,
            postgresql_where=COUNTS,
        ),
        Index(
            "registration_guest_idx",
            "event_id",
            "guest_digest",
            unique=True,
            sqlite_where=COUNTS_SQLITE,
            postgresql_where=COUNTS,
        ),
        Index("registration_seq_idx", "event_id", "seq", unique=True),
        Index("registration_state_idx", "event_id", "state", "seq"),
        Index("registration_member_idx", "community_id", "member_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    event_id: UUID = Field(foreign_key="event.id")
    member_id: UUID | None = None
    guest: str | None = Field(default=None, max_length=4000, sa_column_kwargs=pii("contact"))
    guest_digest: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("contact"))
    party_size: int = 1
    answers: str | None = Field(default=None, max_length=40_000, sa_column_kwargs=pii("freetext"))
    needs: str | None = Field(default=None, max_length=8000, sa_column_kwargs=pii("freetext"))
    source: RegistrationSource = RegistrationSource.MEMBER
    series_registration_id: UUID | None = Field(default=None, foreign_key="series_registration.id")
    state: RegistrationState
    active: bool = True
    seq: int
    late: bool = False
    reconfirm: bool = False
    reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("freetext"))
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


class Offer(Base, table=True):
    """A seat held for somebody from the waiting list until `expires_at`."""

    __tablename__ = "offer"
    __table_args__ = (
        Index(
            "offer_one_idx", "registration_id", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
        ),
        Index("offer_expires_at_idx", "expires_at", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("offer_event_idx", "event_id", "state"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    event_id: UUID = Field(foreign_key="event.id")
    registration_id: UUID = Field(foreign_key="registration.id")
    state: OfferState = OfferState.OPEN
    offered_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None


class SeatEntry(Base, table=True):
    """One step of the seat log of an event; never changed. `taken` and `capacity` are those after it.

    `seq` is the place in line the registration had in that step; a change of capacity is nobody's."""

    __tablename__ = "seat_log"

    event_id: UUID = Field(primary_key=True, foreign_key="event.id")
    no: int = Field(primary_key=True)
    community_id: UUID
    registration_id: UUID | None
    step: SeatStep
    seq: int | None
    party_size: int
    taken: int
    waiting: int
    capacity: int | None
    at: datetime


OFFER_IS_OPEN = col(Offer.state) == sa.literal_column("'open'")
REGISTRATION_COUNTS: Any = col(Registration.active)
"""Written out as the partial indexes have it: a value that is bound would keep SQLite from using them."""
_OF_EVENT = (scope(Registration), col(Registration.event_id) == sa.bindparam("event_id"))
THE_REGISTRATION = constant(
    select(Registration).where(*_OF_EVENT, col(Registration.id) == sa.bindparam("registration_id"))
)
WAITING = constant(
    select(Registration)
    .where(*_OF_EVENT, col(Registration.state) == RegistrationState.WAITLISTED)
    .order_by(col(Registration.seq))
    .limit(sa.bindparam("rows", type_=sa.Integer()))
)
"""The head of the waiting list, read under the event's lock."""

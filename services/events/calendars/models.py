"""Private feeds by token, and calendars of others that are subscribed to."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from services.events.calendars.rules import SubscriptionState
from services.events.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii, scope

COUNTS = text("revoked_at IS NULL")
RUNS = text("fetch_at IS NOT NULL")


class CalendarFeed(Base, table=True):
    """A member's private feed, known by the hash of its token; a new token ends the one before."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        UniqueConstraint("token_hash", name="token_hash"),
        Index(
            "calendar_feed_one_idx",
            "community_id",
            "member_id",
            unique=True,
            sqlite_where=COUNTS,
            postgresql_where=COUNTS,
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    member_id: UUID
    token_hash: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    created_at: datetime
    revoked_at: datetime | None = None


class CalendarSubscription(Base, table=True):
    """Somebody else's calendar that is fetched again and again; `url` is sealed about its id.

    Times in it that have no zone count in `timezone`. `changed_tag` and `fetched_hash` spare reading what has
    not changed. `read`, `written` and `skipped` are what the last reading came to, `failures` how many in a
    row failed, `problem` why the last one did, in one word."""

    __tablename__ = "calendar_subscription"
    __table_args__ = (
        Index("calendar_subscription_created_at_idx", "community_id", "created_at", "id"),
        Index("calendar_subscription_fetch_at_idx", "fetch_at", sqlite_where=RUNS, postgresql_where=RUNS),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    name: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    url: str = Field(max_length=4000, sa_column_kwargs=pii("none"))
    group_id: UUID | None = None
    timezone: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    every_minutes: int = 360
    state: SubscriptionState = SubscriptionState.ACTIVE
    changed_tag: str | None = Field(default=None, max_length=300, sa_column_kwargs=pii("none"))
    fetched_hash: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    fetch_at: datetime | None = None
    fetched_at: datetime | None = None
    failures: int = 0
    problem: str | None = Field(default=None, max_length=200, sa_column_kwargs=pii("none"))
    read: int = 0
    written: int = 0
    skipped: int = 0
    created_at: datetime
    updated_at: datetime
    version: int = 1


_THE_SUBSCRIPTION = select(CalendarSubscription).where(
    scope(CalendarSubscription),
    col(CalendarSubscription.id) == sa.bindparam("subscription_id"),
    col(CalendarSubscription.state) != SubscriptionState.ENDED,
)
THE_SUBSCRIPTION = constant(_THE_SUBSCRIPTION)
HOLD_SUBSCRIPTION = constant(_THE_SUBSCRIPTION.with_for_update(key_share=True))
"""One that has not ended, nobody else's to change until commit."""

"""Data requests, whom they concern in each community, what every service answered, and archives."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index, Text, text
from sqlmodel import Field, col, select

from services.membership.privacy.rules import DataRequestKind, DataRequestState, RejectReason
from services.membership.tables import Base
from shared.ids import uuid7
from shared.store import constant, pii

_OPEN = text("state IN ('received', 'verified', 'running')")
_UNANSWERED = text("told_at IS NOT NULL AND answered_at IS NULL")


class DataRequest(Base, table=True):
    """What somebody asked for, in one community or (`community_id` null) wherever the person belongs.

    Ids only: it stays as the proof of what was done. `position` is how far an export has come; the archive's
    key is wrapped, and an archive without its key can never be read again. `version` counts the facts told.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        Index("data_request_requested_by_idx", "requested_by", "created_at", "id"),
        Index("data_request_open_idx", "kind", "created_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("data_request_person_idx", "person_id"),
        Index("data_request_member_idx", "member_id"),
        Index("data_request_expires_at_idx", "expires_at"),
        {"info": {"tenant": None}},
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: DataRequestKind
    community_id: UUID | None = Field(default=None, foreign_key="community.id")
    member_id: UUID | None = None
    person_id: UUID | None = None
    requested_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    state: DataRequestState = DataRequestState.RECEIVED
    reason: RejectReason | None = None
    created_at: datetime
    due_at: datetime
    verified_at: datetime | None = None
    settled_at: datetime | None = None
    alarms: int = 0
    position: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none"))
    archive_key: str | None = Field(default=None, max_length=400, sa_column_kwargs=pii("none"))
    volumes: int = 0
    expires_at: datetime | None = None
    version: int = 0


class DataRequestPart(Base, table=True):
    """The subject of a request in one community, merged members and all their logins included, by ids."""

    __tablename__ = "data_request_part"
    __table_args__ = (
        Index(
            "data_request_part_unanswered_idx",
            "told_at",
            sqlite_where=_UNANSWERED,
            postgresql_where=_UNANSWERED,
        ),
        {"info": {"tenant": None}},
    )

    request_id: UUID = Field(primary_key=True, foreign_key="data_request.id")
    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    member_ids: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    identity_ids: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    person_ids: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    told_at: datetime | None = None
    told: int = 0
    answered_at: datetime | None = None


class DataRequestReceipt(Base, table=True):
    """What one service removed in one community, by table, and why it kept something."""

    __tablename__ = "data_request_receipt"
    __table_args__ = ({"info": {"tenant": None}},)

    request_id: UUID = Field(primary_key=True, foreign_key="data_request.id")
    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    service: str = Field(max_length=40, primary_key=True, sa_column_kwargs=pii("none"))
    erased: list[dict[str, Any]] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    retained: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("none"))
    received_at: datetime


class ArchiveEntry(Base, table=True):
    """One file of an archive: JSON, deflated and sealed under the archive's own key."""

    __tablename__ = "archive_entry"
    __table_args__ = (
        Index("archive_entry_volume_idx", "request_id", "volume", "seq"),
        {"info": {"tenant": None}},
    )

    request_id: UUID = Field(primary_key=True, foreign_key="data_request.id")
    seq: int = Field(primary_key=True)
    volume: int
    name: str = Field(max_length=200, sa_column_kwargs=pii("none"))
    rows: int
    size_bytes: int
    sha256: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    sealed: str = Field(sa_type=Text, sa_column_kwargs=pii("freetext"))


THE_REQUEST = constant(select(DataRequest).where(col(DataRequest.id) == sa.bindparam("request_id")))
THE_PARTS = constant(
    select(DataRequestPart)
    .where(col(DataRequestPart.request_id) == sa.bindparam("request_id"))
    .order_by(col(DataRequestPart.community_id))
)
THE_RECEIPTS = constant(
    select(DataRequestReceipt)
    .where(col(DataRequestReceipt.request_id) == sa.bindparam("request_id"))
    .order_by(col(DataRequestReceipt.community_id), col(DataRequestReceipt.service))
)

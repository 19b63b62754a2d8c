"""The table the gateway owns: clients, the holders of API keys."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, Index
from sqlmodel import Field, col, select

from services.gateway.rules import ClientKind
from shared.ids import uuid7
from shared.store import TableModel, across, constant, pii, scope, tables_of


class Base(TableModel, registry=tables_of("gateway")):
    """What belongs to gateway alone."""


class Client(Base, table=True):
    """A program that calls in its own name, bound to one community. Of its keys only digests are kept."""

    __tablename__ = "client"
    __table_args__ = (
        Index("client_created_at_idx", "community_id", "created_at", "id"),
        Index(None, "community_id", "created_by"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    name: str = Field(max_length=80, sa_column_kwargs=pii("none"))
    kind: ClientKind
    scopes: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=pii("none"))
    key_digest: str = Field(max_length=64, sa_column_kwargs=pii("none"))
    previous_digest: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    previous_until: datetime | None = None
    created_by: str = Field(max_length=100, sa_column_kwargs=pii("behaviour"))
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    version: int = 1


THE_CLIENT = constant(select(Client).where(scope(Client), col(Client.id) == sa.bindparam("id")))
ANY_CLIENT = constant(
    across(
        select(Client).where(col(Client.id) == sa.bindparam("id")),
        why="a key is looked up before anybody knows its community",
    )
)

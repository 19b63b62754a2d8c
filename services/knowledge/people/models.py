"""What knowledge keeps of members: how they stand, what they are entitled to, whose they were merged into."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.knowledge.people.rules import HandedKind
from services.knowledge.tables import Base
from shared.store import pii

CLOCK_RUNS = text("look_at IS NOT NULL")


class Entitlement(Base, table=True):
    """What a member may read that others may not, as engagement last said."""

    __tablename__ = "entitlement"
    __table_args__ = (Index("entitlement_member_idx", "community_id", "member_id", "resource"),)

    entitlement_id: UUID = Field(primary_key=True)
    community_id: UUID
    member_id: UUID
    resource: str = Field(max_length=120, sa_column_kwargs=pii("none"))
    until: datetime | None
    ended: bool
    fact_version: int


class Departure(Base, table=True):
    """How a member stands who left, was banned or erased, or came back (`away` false), by the newest fact.

    What they looked after is seen to at `look_at`, some in each write and for a moment longer: what had begun
    before the fact was heard is found, too.
    """

    __tablename__ = "departure"
    __table_args__ = (
        Index("departure_look_at_idx", "look_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
    )

    community_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    away: bool
    fact_version: int
    heard_at: datetime
    look_at: datetime | None


class Merge(Base, table=True):
    """A member became another, or (`undone`) both are themselves again, by the newest fact; see Departure."""

    __tablename__ = "merge"
    __table_args__ = (
        Index("merge_look_at_idx", "look_at", sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS),
        Index("merge_merged_idx", "community_id", "merged_id"),
        Index("merge_survivor_idx", "community_id", "survivor_id"),
    )

    id: UUID = Field(primary_key=True)
    community_id: UUID
    merged_id: UUID
    survivor_id: UUID
    undone: bool
    fact_version: int
    heard_at: datetime
    look_at: datetime | None


class HandedOver(Base, table=True):
    """A row that was the merged member's and is the survivor's, until the merge is undone."""

    __tablename__ = "handed_over"

    merge_id: UUID = Field(primary_key=True)
    kind: HandedKind = Field(primary_key=True)
    row_id: UUID = Field(primary_key=True)
    community_id: UUID


class Hidden(Base, table=True):
    """What moderation last said of an article, question, answer or resource: the newest fact counts."""

    __tablename__ = "hidden"

    content_id: UUID = Field(primary_key=True)
    community_id: UUID
    hidden: bool
    fact_version: int

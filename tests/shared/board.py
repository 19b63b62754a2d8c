"""A tiny owner for tests of the kit: seats on a board, and the facts about them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, UniqueConstraint, select

from shared.clock import now
from shared.facts import Fact
from shared.ids import uuid7
from shared.problems import Conflict
from shared.store import Context, TableModel, Tx, scope, tables, tables_of
from shared.store.store import Store


class Base(TableModel, registry=tables_of("board")):
    """What belongs to board alone."""


class Board(Base, table=True):
    """A board with so many seats; `taken` never exceeds `capacity`."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    capacity: int
    taken: int = 0
    updated_at: datetime = Field(default_factory=now)
    version: int = 1


class Seat(Base, table=True):
    """Somebody's seat."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    name: str
    created_at: datetime = Field(default_factory=now)

    __table_args__ = (UniqueConstraint("community_id", "name", name="name"),)


class Applied(Base, table=True):
    """What the consumer under test has seen, in the order it saw it."""

    seq: int = Field(sa_column=sa.Column(sa.Integer, primary_key=True, autoincrement=True), default=None)
    board_id: UUID
    version: int


class SeatTaken(Fact):
    owner: ClassVar[str] = "board"
    aggregate: ClassVar[str] = "board"
    key: ClassVar[str] = "board_id"
    board_id: UUID


class NameTaken(Conflict):
    title = "Name already taken"


class Full(Conflict):
    title = "No seat left"


METADATA = [tables.metadata, Base.metadata]


async def found(tx: Tx, capacity: int = 100) -> Board:
    """A new board; its first version belongs to its first fact."""
    assert tx.community_id is not None
    board = Board(community_id=tx.community_id, capacity=capacity)
    await tx.insert(board)
    tx.publish(SeatTaken(community_id=tx.community_id, board_id=board.id))
    return board


async def take(tx: Tx, board_id: UUID) -> Board:
    """Check, then act: the race every capacity has."""
    board = await tx.lock(Board, board_id)
    if board.taken >= board.capacity:
        raise Full
    tx.publish(SeatTaken(community_id=board.community_id, board_id=board_id))
    return await tx.update(Board, board_id, taken=board.taken + 1)


async def sit(tx: Tx, name: str) -> Seat:
    assert tx.community_id is not None
    seat = Seat(community_id=tx.community_id, name=name)
    await tx.insert(seat, conflicts={"name": NameTaken})
    return seat


async def names(tx: Tx) -> list[str]:
    rows: list[Any] = await tx.all(select(Seat).where(scope(Seat)).order_by(Seat.name))
    return [row.name for row in rows]


async def facts_of(store: Store, board_id: UUID) -> list[Any]:
    """The outbox rows of one board in the order they were written."""
    outbox = tables.outbox

    async def work(tx: Tx) -> list[Any]:
        return await tx.all(sa.select(outbox).where(outbox.c.aggregate_id == board_id).order_by(outbox.c.seq))

    return await store.read(work, Context())

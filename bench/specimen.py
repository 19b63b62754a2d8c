"""The smallest service there can be on the kit: one route, one table, one fact."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import Field

from shared.app import Runtime, Service, create_app
from shared.clock import now
from shared.facts import Fact
from shared.ids import uuid7
from shared.route import Router
from shared.store import Context, TableModel, Tx, tables, tables_of
from shared.store.sqlite import SqliteStore
from shared.store.tx import Work


class Base(TableModel, registry=tables_of("bench")):
    """What belongs to it alone."""


class Note(Base, table=True):
    """Something to write down."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    text: str
    created_at: datetime = Field(default_factory=now)
    version: int = 1


class Heard(Base, table=True):
    """What a consumer writes down about a note."""

    note_id: UUID = Field(primary_key=True)
    community_id: UUID


class NoteTaken(Fact):
    owner: ClassVar[str] = "bench"
    aggregate: ClassVar[str] = "note"
    key: ClassVar[str] = "note_id"
    note_id: UUID


METADATA = [tables.metadata, Base.metadata]
router = Router(tags=["specimen"])


@router.get("/v1/specimen", allows="status.read")
async def get_specimen(
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    q: Annotated[str | None, Query(max_length=100)] = None,
    kind: Annotated[str | None, Query(max_length=20)] = None,
) -> dict[str, bool]:
    """Four validated parameters and an answer rendered by its type."""
    return {"ok": after >= 0 and limit > 0 and q != kind}


class SpecimenStore(SqliteStore):
    """Its store; whoever asks is told when a batch of facts has been committed."""

    committed: Callable[[], None] | None = None

    @classmethod
    def made(cls, path: Path) -> Self:
        """A new database."""
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
        for metadata in METADATA:
            metadata.create_all(engine)
        return cls(path, METADATA, b"bench")

    async def write_each(self, works: Sequence[tuple[Work[Any], Context]]) -> list[Any]:
        outcomes = await super().write_each(works)
        if self.committed is not None:
            self.committed()
        return outcomes


async def take_note(tx: Tx, text: str) -> Note:
    """One row and its fact."""
    assert tx.community_id is not None
    note = Note(community_id=tx.community_id, text=text)
    await tx.insert(note)
    tx.publish(NoteTaken(community_id=tx.community_id, note_id=note.id))
    return note


_HEARD = sa.insert(Heard)


async def hear(tx: Tx, facts: list[Any]) -> None:
    """The effect of facts that arrived together: one row each."""
    await tx.execute(_HEARD, [{"note_id": f.note_id, "community_id": f.community_id} for f in facts])


class Unopened(Runtime):
    """A runtime whose route needs neither store nor broker."""

    async def start(self) -> None:
        """Open nothing."""

    async def stop(self) -> None:
        """Close nothing."""


class _Slice:
    router = router


app = create_app(Service("bench", Base, [_Slice]), runtime=Unopened)  # type: ignore[list-item]

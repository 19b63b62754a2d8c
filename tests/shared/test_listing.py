"""A page written from what the database keeps is byte for byte the page made of objects."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import AwareDatetime, TypeAdapter, ValidationError, field_validator
from sqlmodel import Field, select

from shared.ids import uuid7
from shared.listing import listing_of
from shared.paging import StoredPage
from shared.route import Page, View
from shared.store import Context, TableModel, Tx, scope, tables_of
from shared.store.sqlite import SqliteStore
from shared.store.store import Store


class Base(TableModel, registry=tables_of("listing")):
    """What belongs to this test alone."""


class Mood(StrEnum):
    GLAD = "glad"
    SAD = "sad"


class Thing(Base, table=True):
    """A column of every kind, each once with and once without a value."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    other: UUID | None
    mood: Mood
    former: Mood | None
    name: str
    note: str | None
    count: int
    spare: int | None
    open: bool
    tags: list[str] = Field(sa_type=sa.JSON)
    moods: dict[Mood, int] = Field(default_factory=dict, sa_type=sa.JSON)
    at: datetime
    left_at: datetime | None


class ThingView(View):
    id: UUID
    other: UUID | None
    mood: Mood
    former: Mood | None
    name: str
    note: str | None
    count: int
    spare: int | None
    open: bool
    tags: list[str]
    moods: dict[Mood, int]
    at: AwareDatetime
    left_at: AwareDatetime | None


class Loud(View):
    """A view with a mind of its own."""

    name: str

    @field_validator("name")
    @classmethod
    def loud(cls, name: str) -> str:
        return name.upper()


class Narrow(View):
    """A view that does not fit the rows: a note may be missing."""

    note: str


NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
Given = Callable[[Callable[[StoredPage[Any]], Any]], Any]


def things(community_id: UUID) -> list[Thing]:
    full = Thing(
        community_id=community_id,
        other=uuid7(),
        mood=Mood.GLAD,
        former=Mood.SAD,
        name='é "quoted" \\ .000000Z',
        note="line\nbreak \u2028",
        count=2**53,
        spare=-1,
        open=True,
        tags=["a", "b"],
        moods={Mood.SAD: 2},
        at=NOON,
        left_at=NOON + timedelta(microseconds=100),
    )
    bare = {"other": None, "former": None, "note": None, "spare": None, "left_at": None}
    return [full, Thing(**full.__dict__ | bare | {"id": uuid7(), "open": False, "tags": [], "moods": {}})]


@pytest.fixture
def given(tmp_path: Any) -> Given:
    """Hands the page of both things, as the store answers it, to a function."""
    path = tmp_path / "listing.db"
    Base.metadata.create_all(sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool))
    community_id = uuid7()

    def with_page(look: Callable[[StoredPage[Any]], Any]) -> Any:
        async def work(tx: Tx) -> Any:
            return look(
                await tx.page(select(Thing).where(scope(Thing)), by=(Thing.id,), limit=2, cursor=None)
            )

        return asyncio.run(_in_store(path, community_id, work))

    return with_page


async def _in_store(path: Any, community_id: UUID, work: Callable[[Tx], Coroutine[Any, Any, Any]]) -> Any:
    store: Store = SqliteStore(path, [Base.metadata], b"secret")
    await store.open()
    try:
        await store.write(lambda tx: tx.insert(things(community_id)), Context(community_id=community_id))
        return await store.read(work, Context(community_id=community_id))
    finally:
        await store.close()


def test_both_ways_write_the_same(given: Given) -> None:
    listing, general = listing_of(Page[ThingView]), TypeAdapter(Page[ThingView])
    assert listing is not None

    def look(page: StoredPage[Any]) -> tuple[bytes | None, bytes]:
        return listing.render(page), general.dump_json(general.validate_python(page, from_attributes=True))

    straight, around = given(look)
    assert straight == around


def test_a_view_that_does_more_goes_the_general_way(given: Given) -> None:
    listing = listing_of(Page[Loud])
    assert listing is not None
    assert given(listing.render) is None


def test_rows_are_held_to_the_view(given: Given) -> None:
    listing = listing_of(Page[Narrow])
    assert listing is not None
    with pytest.raises(ValidationError):
        given(listing.render)


def test_only_pages_have_a_listing() -> None:
    assert listing_of(ThingView) is None
    assert listing_of(list[ThingView]) is None
    assert listing_of(None) is None

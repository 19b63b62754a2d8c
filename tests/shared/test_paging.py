"""Cursors: every row once, in order; good only for the caller, community and list they were made for."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from shared.identity import Actor
from shared.paging import BadCursor, Page
from shared.store import Context, Tx, scope
from shared.store.store import Store
from tests.shared.board import Seat, sit

InStore = Callable[[Callable[[Store], Coroutine[Any, Any, Any]]], Any]
ADA = Actor(kind="key", id="ada")
EVE = Actor(kind="key", id="eve")


async def seats(tx: Tx, cursor: str | None, *, descending: bool = False, least: str = "") -> Page[Seat]:
    statement = select(Seat).where(scope(Seat), Seat.name >= least)
    return await tx.page(statement, by=(Seat.name, Seat.id), limit=7, cursor=cursor, descending=descending)


@pytest.mark.parametrize("descending", [False, True])
def test_pages_hold_every_row_once_and_in_order(in_store: InStore, tenant: UUID, descending: bool) -> None:
    expected = [f"{i:03d}" for i in range(30)]

    async def run(store: Store) -> list[str]:
        for name in expected:
            await store.write(lambda tx, n=name: sit(tx, n), Context(community_id=tenant))
        found: list[str] = []
        cursor = None
        while True:
            page = await store.read(
                lambda tx, c=cursor: seats(tx, c, descending=descending), Context(ADA, community_id=tenant)
            )
            found += [row.name for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found

    assert in_store(run) == (expected[::-1] if descending else expected)


def test_a_cursor_is_refused_to_everybody_else(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> None:
        for i in range(10):
            await store.write(lambda tx, i=i: sit(tx, f"{i}"), Context(community_id=tenant))
        page = await store.read(lambda tx: seats(tx, None), Context(ADA, community_id=tenant))
        cursor = page.next_cursor
        assert cursor is not None
        flipped = [
            cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1 :]
            for i in range(0, len(cursor), 5)
        ]
        tries = [
            (ADA, tenant, each, "") for each in [*flipped, "", "x", "not base64 at all", "💥", cursor * 3]
        ]
        tries += [(EVE, tenant, cursor, ""), (ADA, uuid4(), cursor, ""), (ADA, tenant, cursor, "5")]
        for actor, community, bad, least in tries:
            with pytest.raises(BadCursor):
                await store.read(
                    lambda tx, b=bad, least=least: seats(tx, b, least=least),
                    Context(actor, community_id=community),
                )
        good = await store.read(lambda tx: seats(tx, cursor), Context(ADA, community_id=tenant))
        assert [row.name for row in good.items] == ["7", "8", "9"]

    in_store(run)

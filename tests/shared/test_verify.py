"""What `guildhall verify` must see: any change of the log, any fact without its change and the reverse."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from shared.store import Context, Tx, tables
from shared.store.store import Store
from shared.verify import examine, heads_of, undelivered
from tests.shared.board import Base, Board, SeatTaken, found, take

InStore = Callable[[Callable[[Store], Coroutine[Any, Any, Any]]], Any]
AUDIT, HEAD, OUTBOX = tables.audit, tables.audit_head, tables.outbox
OWNED = list(Base.metadata.sorted_tables)


async def filled(store: Store, tenant: UUID) -> UUID:
    """A board with five facts and a log of five rows."""
    board = await store.write(found, Context(community_id=tenant))

    async def noted(tx: Tx) -> None:
        await take(tx, board.id)
        tx.audit("board.take", board.id)

    for _ in range(5):
        await store.write(noted, Context(community_id=tenant))
    return board.id


async def wrong(store: Store, exported: dict[str, Any] | None = None) -> dict[str, int]:
    """The checks that found something, with how much."""
    findings = await examine("board", store, OWNED, exported or {})
    return {finding.check: finding.wrong for finding in findings if finding.wrong}


async def run_all(tx: Tx, statements: list[Any]) -> None:
    for statement in statements:
        await tx.execute(statement)


EDIT = [sa.update(AUDIT).where(AUDIT.c.seq == 3).values(action="board.other")]
REASON = [sa.update(AUDIT).where(AUDIT.c.seq == 3).values(reason="because")]
DELETE = [sa.delete(AUDIT).where(AUDIT.c.seq == 3)]
TRUNCATE = [sa.delete(AUDIT).where(AUDIT.c.seq == 5)]
SWAP = [
    sa.update(AUDIT).where(AUDIT.c.seq == 2).values(seq=99),
    sa.update(AUDIT).where(AUDIT.c.seq == 3).values(seq=2),
    sa.update(AUDIT).where(AUDIT.c.seq == 99).values(seq=3),
]


@pytest.mark.parametrize("tampering", [EDIT, REASON, DELETE, TRUNCATE, SWAP])
def test_every_change_of_the_log_is_seen(in_store: InStore, tenant: UUID, tampering: list[Any]) -> None:
    async def run(store: Store) -> None:
        await filled(store, tenant)
        assert await wrong(store) == {}
        await store.write(lambda tx: run_all(tx, tampering), Context())
        assert (await wrong(store))["audit log"] >= 1

    in_store(run)


def test_a_log_cut_off_with_its_head_is_seen_against_the_exported_head(
    in_store: InStore, tenant: UUID
) -> None:
    async def run(store: Store) -> None:
        await filled(store, tenant)
        kept = await heads_of(store)
        (fourth,) = await store.read(lambda tx: tx.all(sa.select(AUDIT).where(AUDIT.c.seq == 4)), Context())
        cut = [*TRUNCATE, sa.update(HEAD).values(seq=4, hash=fourth.hash)]
        await store.write(lambda tx: run_all(tx, cut), Context())
        assert await wrong(store) == {}
        assert await wrong(store, dict(kept)) == {"audit log": 1}

    in_store(run)


def test_a_change_without_its_fact_and_a_fact_without_its_change_are_seen(
    in_store: InStore, tenant: UUID
) -> None:
    async def run(store: Store) -> None:
        board = await filled(store, tenant)
        silent = sa.update(Board).where(Board.id == board, Board.community_id == tenant).values(version=9)
        await store.write(
            lambda tx: tx.execute(sa.delete(OUTBOX).where(OUTBOX.c.aggregate_version == 3)), Context()
        )
        assert await wrong(store) == {"versions without gap": 1}
        behind = silent.where(Board.community_id == sa.bindparam("tenant"))
        await store.write(lambda tx: tx.execute(behind), Context(community_id=tenant))
        assert await wrong(store) == {"versions without gap": 1, "board and its facts": 1}

    in_store(run)


def test_facts_a_consumer_has_not_applied_are_counted(in_store: InStore, tenant: UUID) -> None:
    async def run(store: Store) -> None:
        await filled(store, tenant)
        finding = await undelivered(store, [SeatTaken.prefix()], "listener", store)
        assert (finding.looked_at, finding.wrong) == (6, 6)

    in_store(run)

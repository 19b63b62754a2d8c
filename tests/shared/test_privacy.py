"""The kit's part of an erasure: tombstones first, chunks, one receipt, and nothing that slips through."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import col

from shared import mentions
from shared import privacy as privacy_of
from shared.clock import now
from shared.contracts.membership import ErasureRequested
from shared.data_subjects import DataSubject, Piece
from shared.facts import ErasureReceipt
from shared.identity import service_actor
from shared.mentions import without
from shared.privacy import Privacy
from shared.problems import Conflict, NotFound
from shared.store import Context, Store, Tx, scope, tables
from shared.store.postgres import PostgresStore
from shared.tombstones import PersonErased, begin, erased, refuse_erased, remember
from shared.tombstones import remembered as erasures_of
from tests.shared.board import Seat

InStore = Callable[[Callable[[Store], Coroutine[Any, Any, Any]]], Any]


class ErasureCompleted(ErasureReceipt):
    """A board's receipt."""

    owner: ClassVar[str] = "board"


def board_privacy(limit: int = 2) -> Privacy:
    """Erases the seats that bear a member's id as their name, a few at a time."""
    privacy = Privacy(receipt=ErasureCompleted)

    @privacy.erases
    async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
        prefixes = [col(Seat.name).startswith(str(member)) for member in subject.member_ids]
        some = sa.select(col(Seat.id)).where(scope(Seat), sa.or_(*prefixes)).limit(limit)
        return {"seat": await tx.execute(sa.delete(Seat).where(scope(Seat), col(Seat.id).in_(some)))}

    return privacy


def requested(community: UUID, *members: UUID, request: UUID | None = None) -> ErasureRequested:
    return ErasureRequested(
        community_id=community,
        request_id=request or uuid4(),
        member_ids=list(members),
        identity_ids=[],
        person_ids=[],
    )


async def ask(store: Store, fact: ErasureRequested) -> None:
    context = Context(service_actor("board"), fact.community_id)
    await store.write(lambda tx: begin(tx, fact), context)


async def sit(store: Store, community: UUID, member: UUID, seats: int) -> None:
    rows = [Seat(community_id=community, name=f"{member}-{uuid4()}") for _ in range(seats)]
    await store.write(lambda tx: tx.insert(rows), Context(community_id=community))


async def count(store: Store, statement: sa.Select[Any]) -> int:
    return len(await store.read(lambda tx: tx.all(statement), Context()))


SEATS: sa.Select[Any] = sa.select(sa.literal_column("name").label("name")).select_from(sa.text("seat"))
RECEIPTS = sa.select(tables.outbox.c.fact_id).where(tables.outbox.c.aggregate_type == "erasure_receipt")


def test_tombstones_stand_before_anything_is_erased(in_store: InStore, tenant: UUID) -> None:
    member, other = uuid4(), uuid4()

    async def work(store: Store) -> None:
        await sit(store, tenant, member, 1)
        await ask(store, requested(tenant, member))
        here, elsewhere = Context(community_id=tenant), Context(community_id=uuid4())
        assert await store.read(lambda tx: erased(tx, member), here)
        assert not await store.read(lambda tx: erased(tx, other), here)
        assert not await store.read(lambda tx: erased(tx, member), elsewhere)
        await store.read(lambda tx: refuse_erased(tx, other, None), here)
        with pytest.raises(PersonErased):
            await store.read(lambda tx: refuse_erased(tx, other, member), here)
        assert await count(store, SEATS) == 1

    in_store(work)


def test_it_goes_on_until_nothing_is_left_and_says_so_once(in_store: InStore, tenant: UUID) -> None:
    member = uuid4()

    async def work(store: Store) -> None:
        privacy, fact = board_privacy(), requested(tenant, member)
        await sit(store, tenant, member, 7)
        await sit(store, tenant, uuid4(), 3)
        await ask(store, fact)
        await privacy.carry_on(store)
        assert (await count(store, SEATS), await count(store, RECEIPTS)) == (3, 1)
        await privacy.carry_on(store)
        await sit(store, tenant, member, 1)
        await ask(store, requested(tenant, member, request=fact.request_id))
        await privacy.carry_on(store)
        assert (await count(store, SEATS), await count(store, RECEIPTS)) == (3, 1)

    in_store(work)


@pytest.mark.parametrize("defect", [RuntimeError("a defect"), NotFound(), Conflict()])
def test_one_that_fails_stops_no_other(in_store: InStore, tenant: UUID, defect: Exception) -> None:
    broken, fine = uuid4(), uuid4()

    async def work(store: Store) -> None:
        privacy = board_privacy()

        @privacy.erases
        async def fail(_: Tx, subject: DataSubject) -> dict[str, int]:
            if broken in subject.member_ids:
                raise defect
            return {}

        for member in (broken, fine):
            await sit(store, tenant, member, 1)
            await ask(store, requested(tenant, member))
        await privacy.carry_on(store)
        assert (await count(store, SEATS), await count(store, RECEIPTS)) == (1, 1)

    in_store(work)


def test_a_write_that_was_under_way_is_found(in_store: InStore, tenant: UUID) -> None:
    """It began before the tombstone and ends after everything else was erased."""
    member = uuid4()

    async def work(store: Store) -> None:
        if not isinstance(store, PostgresStore):
            return  # one writer: none is under way while another commits
        import asyncpg

        slow = await asyncpg.connect(store._url)
        begun = slow.transaction()
        await begun.start()
        await slow.execute("SELECT 1")
        await ask(store, requested(tenant, member))
        carried = asyncio.create_task(board_privacy().carry_on(store))
        await asyncio.sleep(0.3)
        assert await count(store, RECEIPTS) == 0
        insert = "INSERT INTO seat (id, community_id, name, created_at) VALUES ($1, $2, $3, now())"
        await slow.execute(insert, uuid4(), tenant, str(member))
        await begun.commit()
        await slow.close()
        await carried
        await board_privacy().carry_on(store)
        assert (await count(store, SEATS), await count(store, RECEIPTS)) == (0, 1)

    in_store(work)


def test_one_that_takes_long_holds_up_no_other(
    in_store: InStore, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has little here is erased, and that is said, while somebody's many rows go."""
    many, few = uuid4(), uuid4()
    monkeypatch.setattr(privacy_of, "TURN_SECONDS", 0.05)

    async def work(store: Store) -> None:
        await sit(store, tenant, many, 400)
        await sit(store, tenant, few, 1)
        await ask(store, requested(tenant, many))
        await ask(store, requested(tenant, few))
        privacy = board_privacy(limit=1)
        await privacy.carry_on(store)
        assert await count(store, RECEIPTS) == 1
        assert await count(store, SEATS) > 0
        async with asyncio.timeout(20):
            while await count(store, RECEIPTS) < 2:
                await privacy.carry_on(store)
        assert await count(store, SEATS) == 0

    in_store(work)


def test_an_answer_that_was_under_way_is_found(in_store: InStore, tenant: UUID) -> None:
    """It began before the tombstone, and is stored when the stored answers were looked through already."""
    member = uuid4()

    async def work(store: Store) -> None:
        if not isinstance(store, PostgresStore):
            return  # one writer: none is under way while another commits
        import asyncpg

        slow = await asyncpg.connect(store._url)
        begun = slow.transaction()
        await begun.start()
        await slow.execute("SELECT 1")
        await ask(store, requested(tenant, member))
        carried = asyncio.create_task(board_privacy().carry_on(store))
        await asyncio.sleep(0.3)
        insert = "INSERT INTO idempotency (principal, key, fingerprint, body, created_at) "
        body = f'{{"author": "{member}"}}'.encode()
        await slow.execute(insert + "VALUES ('a', 'b', 'c', $1, now())", body)
        await begun.commit()
        await slow.close()
        await carried
        assert await count(store, RECEIPTS) == 1
        assert await count(store, sa.select(tables.idempotency.c.key)) == 0

    in_store(work)


def test_asked_again_after_the_end_the_receipt_is_told_again(in_store: InStore, tenant: UUID) -> None:
    """Whoever asks may have lost it, as after a restore; it stays the one receipt."""
    member = uuid4()

    async def work(store: Store) -> None:
        fact = requested(tenant, member)
        await ask(store, fact)
        await board_privacy().carry_on(store)
        published = sa.update(tables.outbox).values(published_at=now())
        await store.write(lambda tx: tx.execute(published), Context())
        told = RECEIPTS.where(tables.outbox.c.published_at.is_(None))
        assert (await count(store, RECEIPTS), await count(store, told)) == (1, 0)
        await ask(store, fact)
        await board_privacy().carry_on(store)
        assert (await count(store, RECEIPTS), await count(store, told)) == (1, 1)

    in_store(work)


def test_asked_again_for_more_at_the_last_moment_ends_nothing(in_store: InStore, tenant: UUID) -> None:
    """The request comes again with another member while the files are rewritten."""
    member, another = uuid4(), uuid4()

    async def work(store: Store) -> None:
        fact = requested(tenant, member)
        await ask(store, fact)
        await store.write(lambda tx: answer(tx, another), Context())
        scrub = store.scrub

        async def scrub_late() -> None:
            store.scrub = scrub  # type: ignore[method-assign]
            await ask(store, requested(tenant, member, another, request=fact.request_id))

        store.scrub = scrub_late  # type: ignore[method-assign]
        await board_privacy().carry_on(store)
        assert await count(store, RECEIPTS) == 0
        await board_privacy().carry_on(store)
        assert await count(store, RECEIPTS) == 1
        assert await count(store, sa.select(tables.idempotency.c.key)) == 0

    in_store(work)


def test_every_stored_answer_that_mentions_somebody_goes(
    in_store: InStore, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its body, its headers or as the one who asked, whatever page it is on and however many ids."""
    members = [uuid4() for _ in range(250)]
    monkeypatch.setattr(mentions, "PAGE_ROWS", 10)

    async def work(store: Store) -> None:
        rows = [member for member in members[::25] for _ in range(3)]
        for n, member in enumerate([*rows, *(uuid4() for _ in range(30))]):
            await store.write(lambda tx, m=member, n=n: answer(tx, m, n % 3), Context())
        await ask(store, requested(tenant, *members))
        await board_privacy().carry_on(store)
        assert await count(store, sa.select(tables.idempotency.c.key)) == 30
        [row] = await store.read(lambda tx: tx.all(sa.select(tables.erasure)), Context())
        assert row.erased == {"idempotency": len(rows)}

    in_store(work)


async def answer(tx: Tx, who: UUID, where: int = 0) -> None:
    """An answer that mentions somebody is stored."""
    row = {
        "principal": f"person:{who}" if where == 2 else f"person:{uuid4()}",
        "key": str(uuid4()),
        "fingerprint": "f",
        "status": 200,
        "headers": {"Location": f"/v1/members/{who}"} if where == 1 else {},
        "body": f'{{"author": "{who}"}}'.encode() if where == 0 else b"",
        "created_at": tx.now,
    }
    await tx.execute(sa.insert(tables.idempotency), row)


def test_what_another_store_knows_is_erased_here(in_store: InStore, tenant: UUID) -> None:
    member = uuid4()

    async def work(store: Store) -> None:
        await ask(store, requested(tenant, member))
        known = await store.read(erasures_of, Context())
        await board_privacy().carry_on(store)
        for table in (tables.erasure, tables.tombstone, tables.outbox):
            await store.write(lambda tx, table=table: tx.execute(sa.delete(table)), Context())
        await sit(store, tenant, member, 3)  # as a restore would
        assert await store.write(lambda tx: remember(tx, known), Context()) == 1
        assert await store.write(lambda tx: remember(tx, known), Context()) == 0
        await board_privacy().carry_on(store)
        assert (await count(store, SEATS), await count(store, RECEIPTS)) == (0, 1)

    in_store(work)


def test_exports_follow_one_another(in_store: InStore, tenant: UUID) -> None:
    async def work(store: Store) -> None:
        privacy = Privacy(receipt=ErasureCompleted)

        @privacy.exports
        async def numbers(_tx: Tx, _subject: DataSubject, after: str | None) -> Piece:
            number = int(after or 0)
            return Piece({"number": [{"n": number}]}, str(number + 1) if number < 2 else None)

        @privacy.exports
        async def letters(_tx: Tx, _subject: DataSubject, _after: str | None) -> Piece:
            return Piece({"letter": [{"l": "a"}]})

        subject, after, found = DataSubject(tenant, (), (), None), None, []
        while True:
            piece = await store.read(lambda tx, at=after: privacy.export(tx, subject, at), Context())
            found.append(piece.items)
            after = piece.next
            if after is None:
                break
        assert found == [{"number": [{"n": n}]} for n in range(3)] + [{"letter": [{"l": "a"}]}]

    in_store(work)


@pytest.mark.parametrize(
    ("payload", "left"),
    [
        (b"{no json id-1", None),
        (b'["id-1"]', None),
        (b'{"member_id": "id-1"}', None),
        (b'{"items": [{"by": "id-1"}, {"by": "b"}]}', b'{"items": [{"by": null}, {"by": "b"}]}'),
        (b'{"actor": {"kind": "member", "id": "id-1"}, "n": 1}', b'{"actor": null, "n": 1}'),
        (b'{"note": "by id-1"}', None),
    ],
)
def test_a_message_without_somebody(payload: bytes, left: bytes | None) -> None:
    assert without(payload, {"id-1"}) == left

"""Does what is stored agree with itself? The oracle of the fault tests, and an operator's peace of mind.

Every check counts what it looked at and what is wrong. Rows older than the outbox horizon are not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.store import across, tables
from shared.store.store import Store
from shared.store.tx import GENESIS, Context, Tx, chain_hash

OUTBOX, INBOX, AUDIT, HEAD = tables.outbox, tables.inbox, tables.audit, tables.audit_head
PAGE_ROWS = 5000
Heads = dict[str, tuple[int, str]]
"""Per community: the number of its latest audit row and that row's hash."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: how many things it looked at, how many are wrong, and the first of them in words."""

    service: str
    check: str
    looked_at: int
    wrong: int
    first: str = ""


async def examine(
    service: str, store: Store, owned: list[sa.Table], exported: Mapping[str, Any]
) -> list[Finding]:
    """The checks one store answers alone; `exported` are heads kept elsewhere, `{community: [seq, hash]}`."""

    async def work(tx: Tx) -> list[Finding]:
        return [
            await _audit_chains(tx, service, exported),
            await _versions_without_gap(tx, service),
            *[
                await _rows_and_facts(tx, service, table)
                for table in owned
                if {"id", "version"} <= set(table.c.keys())
            ],
            await _nothing_parked(tx, service),
        ]

    return await store.read(work, Context(), long=True)


async def heads_of(store: Store) -> Heads:
    """The audit heads to keep elsewhere: only against them a cut-off end of the log can be seen."""
    rows: list[Any] = await store.read(lambda tx: tx.all(sa.select(HEAD)), Context())
    return {str(row.community_id): (row.seq, row.hash) for row in rows}


async def undelivered(owner: Store, prefixes: list[str], consumer: str, applied_in: Store) -> Finding:
    """Facts the owner has published that the consumer's inbox does not know."""
    wanted = sa.or_(*(OUTBOX.c.subject.startswith(f"{prefix}.", autoescape=True) for prefix in prefixes))
    looked_at = wrong = last = 0
    first = ""
    while True:
        page = sa.select(OUTBOX.c.seq, OUTBOX.c.fact_id, OUTBOX.c.subject).where(wanted, OUTBOX.c.seq > last)
        rows = await _all(owner, page.order_by(OUTBOX.c.seq).limit(PAGE_ROWS))
        if not rows:
            return Finding(consumer, "facts applied", looked_at, wrong, first)
        known = await _known(applied_in, consumer, [row.fact_id for row in rows])
        missing = [row for row in rows if row.fact_id not in known]
        looked_at, wrong, last = looked_at + len(rows), wrong + len(missing), rows[-1].seq
        first = first or (f"{missing[0].subject} {missing[0].fact_id}" if missing else "")


async def _all(store: Store, statement: sa.Select[Any]) -> list[Any]:
    return await store.read(lambda tx: tx.all(statement), Context(), long=True)


async def _known(store: Store, consumer: str, fact_ids: list[UUID]) -> set[UUID]:
    known: set[UUID] = set()
    for start in range(0, len(fact_ids), 500):
        chunk = fact_ids[start : start + 500]
        statement = sa.select(INBOX.c.fact_id).where(INBOX.c.consumer == consumer, INBOX.c.fact_id.in_(chunk))
        known |= {row.fact_id for row in await _all(store, statement)}
    return known


async def _audit_chains(tx: Tx, service: str, exported: Mapping[str, Any]) -> Finding:
    """Every row follows from the one before, and the chain ends where its head and the exported head say."""
    heads = {row.community_id: (row.seq, row.hash) for row in await tx.all(sa.select(HEAD))}
    rows = await tx.all(sa.select(AUDIT).order_by(AUDIT.c.community_id, AUDIT.c.seq))
    wrong: list[str] = []
    ends: dict[UUID, dict[int, str]] = {}
    for community_id, chain in groupby(rows, key=lambda row: row.community_id):
        ends[community_id] = {}
        broken = _first_broken(list(chain), ends[community_id])
        if broken is not None:
            wrong.append(f"community {community_id} entry {broken}")
    for community_id, (seq, digest) in heads.items():
        if ends.get(community_id, {}).get(seq) != digest or len(ends.get(community_id, {})) != seq:
            wrong.append(f"community {community_id} does not end at its head {seq}")
    for community, (seq, digest) in exported.items():
        if ends.get(UUID(community), {}).get(int(seq)) != digest:
            wrong.append(f"community {community} lacks exported entry {seq}")
    return Finding(service, "audit log", len(rows), len(wrong), wrong[0] if wrong else "")


def _first_broken(chain: list[Any], hashes: dict[int, str]) -> int | None:
    previous = GENESIS
    for number, row in enumerate(chain, 1):
        if row.seq != number or row.prev_hash != previous or chain_hash(row._asdict()) != row.hash:
            return number
        hashes[number] = previous = row.hash
    return None


async def _versions_without_gap(tx: Tx, service: str) -> Finding:
    """Within the outbox the versions of each aggregate follow one another."""
    of = (OUTBOX.c.aggregate_type, OUTBOX.c.aggregate_id)
    version = OUTBOX.c.aggregate_version
    count = sa.func.count()
    grouped = sa.select(*of).group_by(*of).having(sa.func.max(version) - sa.func.min(version) + 1 != count)
    bad = await tx.all(grouped.limit(1000))
    aggregates = await tx.one(
        sa.select(count.label("rows")).select_from(sa.select(*of).distinct().subquery())
    )
    return Finding(service, "versions without gap", aggregates.rows, len(bad), _named(bad))


async def _rows_and_facts(tx: Tx, service: str, table: sa.Table) -> Finding:
    """A row's version is the version of its latest fact."""
    latest = (
        sa.select(OUTBOX.c.aggregate_id, sa.func.max(OUTBOX.c.aggregate_version).label("version"))
        .where(OUTBOX.c.aggregate_type == table.name)
        .group_by(OUTBOX.c.aggregate_id)
        .subquery()
    )
    joined = sa.select(table.c.id.label("aggregate_id")).join(latest, latest.c.aggregate_id == table.c.id)
    why = "an operator verifies every community"
    bad = await tx.all(across(joined.where(latest.c.version != table.c.version).limit(1000), why=why))
    rows = await tx.one(across(sa.select(sa.func.count().label("rows")).select_from(table), why=why))
    return Finding(service, f"{table.name} and its facts", rows.rows, len(bad), _named(bad))


async def _nothing_parked(tx: Tx, service: str) -> Finding:
    letters = await tx.all(
        sa.select(tables.dead_letter.c.id).where(tables.dead_letter.c.status != "redriven")
    )
    parked = [row for row in letters if row is not None]
    return Finding(service, "dead letters", len(parked), len(parked), str(parked[0].id) if parked else "")


def _named(rows: list[Any]) -> str:
    return str(rows[0].aggregate_id) if rows else ""

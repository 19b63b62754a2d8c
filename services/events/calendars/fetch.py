"""Read what is subscribed to: the clock -> a calendar fetched past every transaction -> CalendarFetched."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from services.events.calendars.call import Failed, fetch
from services.events.calendars.drafts import Understood
from services.events.calendars.models import HOLD_SUBSCRIPTION, CalendarSubscription
from services.events.calendars.outcomes import Done, Outcome, Source
from services.events.calendars.pieces import pieces_of
from services.events.calendars.rules import SubscriptionState, Trouble, pause
from services.events.calendars.take_in import take_in
from services.events.sealing import known_sealer
from shared.contracts.events import CalendarFetched
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.problems import Problem
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()
log = structlog.get_logger("calendars")


@jobs.every(seconds=1.0)
async def fetch_due(store: Store) -> None:
    """Read calendars whose time has come, side by side: a slow server keeps only itself waiting."""
    due = await store.read(_due, Context())
    done = await asyncio.gather(*(_run(store, row) for row in due), return_exceptions=True)
    for failure in filter(None, done):
        raise failure


async def _run(store: Store, row: CalendarSubscription) -> None:
    context = Context(actor=service_actor("events"), community_id=row.community_id)
    claimed = await store.write(partial(_claim, subscription=row), context)
    if claimed is not None:
        await _read_one(store, context, claimed)


async def _due(tx: Tx) -> list[CalendarSubscription]:
    return await tx.all(DUE, {"now": tx.now})


async def _claim(tx: Tx, subscription: CalendarSubscription) -> tuple[CalendarSubscription, str] | None:
    """The subscription and its address, for this run alone: should it die, the next one is after a pause."""
    row = await tx.first(HOLD_SUBSCRIPTION, {"subscription_id": subscription.id})
    vault = await known_sealer(tx)
    if row is None or row.fetch_at is None or row.fetch_at > tx.now or vault is None:
        return None
    held = await tx.update(CalendarSubscription, row.id, fetch_at=tx.now + pause(row.failures + 1))
    return held, vault.unseal(row.url, about=f"{row.id}:url")


async def _read_one(store: Store, context: Context, claimed: tuple[CalendarSubscription, str]) -> None:
    row, address = claimed
    try:
        fetched = await fetch(row, address)
        digest = hashlib.sha256(fetched.body).hexdigest() if fetched.body is not None else row.fetched_hash
        changes: dict[str, Any] = {"changed_tag": fetched.tag, "fetched_hash": digest}
        if fetched.body is not None and digest != row.fetched_hash:
            changes |= await _keep(store, context, row, fetched.body)
        await store.write(partial(_went_well, row=row, changes=changes), context)
    except (Failed, Problem) as failure:
        problem = str(failure) if isinstance(failure, Failed) else Trouble.NOT_KEPT.value
        log.info("calendar_not_read", subscription_id=str(row.id), problem=problem)
        await store.write(partial(_failed, row=row, problem=problem), context)


async def _keep(store: Store, context: Context, row: CalendarSubscription, body: bytes) -> dict[str, Any]:
    """Take in what the calendar says, some components in each write; what that came to."""
    source = Source(row.community_id, f"subscription:{row.id}", row.group_id)
    outcomes: Counter[Outcome] = Counter()
    pieces, count, over = pieces_of(body, row.timezone), 0, list[Understood]()
    while read := await asyncio.to_thread(next, pieces, over):
        count += len(read)
        done = await store.write(partial(_take_in, row=row, source=source, read=read), context)
        outcomes.update(each.outcome for each in done)
        crashpoint("mid_subscription")
    if not count and b"BEGIN:VCALENDAR" not in body[:1000].upper():
        raise Failed(Trouble.NO_CALENDAR)
    written = outcomes[Outcome.CREATED] + outcomes[Outcome.CHANGED]
    return {"read": count, "written": written, "skipped": outcomes[Outcome.REFUSED]}


async def _take_in(
    tx: Tx, row: CalendarSubscription, source: Source, read: Sequence[Understood]
) -> list[Done]:
    """Keep some of it, unless nobody wants it any more."""
    if await tx.first(HOLD_SUBSCRIPTION, {"subscription_id": row.id}) is None:
        return []
    return await take_in(tx, source, read)


async def _went_well(tx: Tx, row: CalendarSubscription, changes: dict[str, Any]) -> None:
    """It was read, or has not changed."""
    next_time = {"fetch_at": tx.now + timedelta(minutes=row.every_minutes), "fetched_at": tx.now}
    fine = {"state": SubscriptionState.ACTIVE, "failures": 0, "problem": None}
    await _note(tx, row, changes | next_time | fine, told="read" in changes or row.failures > 0)


async def _failed(tx: Tx, row: CalendarSubscription, problem: str) -> None:
    """It could not be read; the next attempt is the later the more have failed."""
    failures = row.failures + 1
    changes = {
        "state": SubscriptionState.FAILING,
        "failures": failures,
        "problem": problem,
        "fetch_at": tx.now + pause(failures),
    }
    await _note(tx, row, changes, told=True)


async def _note(tx: Tx, row: CalendarSubscription, changes: dict[str, Any], *, told: bool) -> None:
    held = await tx.first(HOLD_SUBSCRIPTION, {"subscription_id": row.id})
    if held is None:
        return
    if not told:
        await tx.update(CalendarSubscription, row.id, **changes)
        return
    after = await tx.lock(CalendarSubscription, row.id, **changes)
    state: Literal["active", "failing"] = "active" if after.failures == 0 else "failing"
    written = changes.get("written", 0)
    tx.publish(
        CalendarFetched(community_id=row.community_id, subscription_id=row.id, state=state, written=written)
    )


_NOW: Any = sa.bindparam("now", type_=CalendarSubscription.__table__.c.fetch_at.type)  # type: ignore[attr-defined]
DUE = constant(
    across(
        select(CalendarSubscription)
        .where(col(CalendarSubscription.fetch_at).is_not(None), col(CalendarSubscription.fetch_at) <= _NOW)
        .order_by(col(CalendarSubscription.fetch_at))
        .limit(10),
        why="calendars every community subscribes to",
    )
)

"""Promises kept by what happens: a fact of `Occasion` -> all that wait for it -> PromiseKept, -KeptLate.

The consumer only remembers the fact; the clock's job goes through those who waited, however many they are.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from services.membership.models import Occurrence, Promise
from services.membership.promises.evidence import of_fact
from services.membership.promises.rules import Occasion, Step
from services.membership.promises.steps import go
from services.membership.promises.waiting import AT_ONCE, AWAITED, OVER, SWEEP, WAITING
from shared.clock import now
from shared.consumers import Consumers
from shared.contracts.announced import FeedbackShipped, InquiryResponded
from shared.contracts.events import EventPublished
from shared.contracts.knowledge import ArticlePublished
from shared.contracts.membership import CommunityActivated
from shared.facts import Fact
from shared.identity import service_actor
from shared.store import Context, Store, Tx

consumers = Consumers()

STILL_SECONDS = 10
"""So long a fact is looked at again: a promise made before it may be committed after it was heard."""
KEPT_DAYS = 30
"""So long a fact is remembered, for promises that another service made before it and told us of later."""


@consumers.on(CommunityActivated, InquiryResponded, FeedbackShipped, EventPublished, ArticlePublished)
async def remember(tx: Tx, fact: Fact) -> None:
    """Keep the fact for those who wait for it."""
    row = {
        "id": fact.fact_id,
        "community_id": fact.community_id,
        "occasion": Occasion(f"{fact.owner}.{fact.fact_name}"),
        "about_id": fact.aggregate_id,
        "occurred_at": fact.occurred_at,
        "received_at": tx.now,
        "swept_at": None,
    }
    await tx.execute(tx.upsert(Occurrence).on_conflict_do_nothing(), row)


async def sweep(store: Store) -> None:
    """Keep every promise that waited for a remembered fact, a bounded number in each write."""
    before = now() - timedelta(seconds=STILL_SECONDS)
    awaited, over = await store.read(partial(_heard, before=before), Context())
    for occurrence in awaited:
        context = Context(actor=service_actor("membership"), community_id=occurrence.community_id)
        while await store.write(partial(keep_some, heard=occurrence), context) == AT_ONCE:
            pass
    if over:
        await store.write(partial(_leave, ids=over, before=before), Context())


async def _heard(tx: Tx, before: datetime) -> tuple[list[Occurrence], list[UUID]]:
    """Facts not swept yet: some that somebody waits for, and some heard so long ago that nobody will."""
    awaited = await tx.all(AWAITED)
    return awaited, [each.id for each in await tx.all(OVER, {"before": before})]


async def _leave(tx: Tx, ids: list[UUID], before: datetime) -> None:
    await tx.execute(SWEEP, {"ids": ids, "before": before, "now": tx.now})


def _waited(heard: Any) -> dict[str, Any]:
    return {"occasion": heard.occasion, "about_id": heard.about_id, "at": heard.occurred_at}


async def keep_some(tx: Tx, heard: Any) -> int:
    """Keep some of the promises that waited for a fact, as of when it happened; how many."""
    promises = await tx.all(WAITING, _waited(heard))
    for promise in promises:
        await keep_by(tx, promise, heard)
    return len(promises)


async def keep_by(tx: Tx, promise: Promise, heard: Any) -> None:
    """Keep a held promise as of when the fact happened."""
    evidence = [*promise.evidence, of_fact(heard.occasion, heard.id, heard.occurred_at)]
    told = {"evidence_fact_id": heard.id}
    await go(tx, promise, Step.KEEP, heard.occurred_at, evidence=evidence, telling=told)

"""Promises kept by what happens: a fact of `Occasion` -> all that wait for it -> PromiseKept, -KeptLate.

The consumer only remembers the fact; the clock's job goes through those who waited, however many they are.
"""

from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_, select

from services.membership.models import Occurrence, Promise
from services.membership.promises.evidence import of_fact
from services.membership.promises.rules import Occasion, Step
from services.membership.promises.steps import go
from shared.consumers import Consumers
from shared.contracts.announced import ArticlePublished, EventPublished, FeedbackShipped, InquiryResponded
from shared.contracts.membership import CommunityActivated
from shared.facts import Fact
from shared.identity import service_actor
from shared.store import Context, Store, Tx, across, constant, scope

consumers = Consumers()

AT_ONCE = 50
"""Promises kept in one write."""
STILL_SECONDS = 10
"""So long a fact is looked at again: a promise made before it may be committed after it was heard."""
KEPT_DAYS = 30
"""So long a fact is remembered, for promises that another service made before it and told us of later."""

UNSWEPT = constant(
    across(
        select(Occurrence).where(col(Occurrence.swept_at).is_(None)).order_by(col(Occurrence.received_at)),
        why="facts of every community that promises may wait for",
    )
)
HOLD = constant(
    across(
        select(Occurrence).where(col(Occurrence.id) == sa.bindparam("fact_id")).with_for_update(),
        why="the job goes through every community",
    )
)
_AT = Occurrence.__table__.c.occurred_at.type  # type: ignore[attr-defined]
WAITING = constant(
    select(Promise)
    .where(
        scope(Promise),
        col(Promise.settled_at).is_(None),
        col(Promise.on_event) == sa.bindparam("occasion", type_=Promise.__table__.c.on_event.type),  # type: ignore[attr-defined]
        or_(
            col(Promise.about_id).is_(None),
            col(Promise.about_id) == sa.bindparam("about_id", type_=Promise.__table__.c.about_id.type),  # type: ignore[attr-defined]
        ),
        col(Promise.made_at) < sa.bindparam("at", type_=_AT),
        or_(col(Promise.breaks_at).is_(None), col(Promise.breaks_at) >= sa.bindparam("at", type_=_AT)),
    )
    .order_by(col(Promise.made_at))
    .limit(AT_ONCE)
    .with_for_update(key_share=True)
)
"""Those who waited for a fact when it happened: not those made later, nor those broken by then."""
SWEPT = constant(
    sa.update(Occurrence)
    .where(scope(Occurrence), col(Occurrence.id) == sa.bindparam("fact_id"))
    .values(swept_at=sa.bindparam("now", type_=_AT))
)
FORGET = constant(
    across(
        sa.delete(Occurrence).where(col(Occurrence.received_at) < sa.bindparam("before", type_=_AT)),
        why="what is too old for every community",
    )
)


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

    async def unswept(tx: Tx) -> list[Any]:
        return await tx.all(UNSWEPT)

    for occurrence in await store.read(unswept, Context()):
        context = Context(actor=service_actor("membership"), community_id=occurrence.community_id)
        while await store.write(partial(keep_some, fact_id=occurrence.id), context):
            pass


async def keep_some(tx: Tx, fact_id: UUID) -> bool:
    """Keep some of the promises that waited for a fact, as of when it happened; whether there may be more."""
    heard = await tx.first(HOLD, {"fact_id": fact_id})
    if heard is None or heard.swept_at is not None:
        return False
    waited = {"occasion": heard.occasion, "about_id": heard.about_id, "at": heard.occurred_at}
    promises = await tx.all(WAITING, waited)
    for promise in promises:
        entry = of_fact(heard.occasion, heard.id, heard.occurred_at)
        evidence = [*promise.evidence, entry]
        told = {"evidence_fact_id": heard.id}
        await go(tx, promise, Step.KEEP, heard.occurred_at, evidence=evidence, telling=told)
    if len(promises) == AT_ONCE:
        return True
    if (tx.now - heard.received_at).total_seconds() > STILL_SECONDS:
        await tx.execute(SWEPT, {"fact_id": fact_id, "now": tx.now})
    return False

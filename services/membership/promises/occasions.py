"""Promises kept by what happens: a fact of `Occasion` -> all that wait for it -> PromiseKept, -KeptLate.

The consumer only remembers the fact; the clock's job goes through those who waited, however many they are.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_, select

from services.membership.models import Occurrence, Promise
from services.membership.promises.evidence import of_fact
from services.membership.promises.rules import Occasion, Step
from services.membership.promises.steps import go
from shared.clock import now
from shared.consumers import Consumers
from shared.contracts.announced import ArticlePublished, EventPublished, FeedbackShipped, InquiryResponded
from shared.contracts.membership import CommunityActivated
from shared.facts import Fact
from shared.identity import service_actor
from shared.store import Context, Store, Tx, across, constant, scope

consumers = Consumers()

AT_ONCE = 50
"""Promises kept in one write."""
LOOKED_AT = 200
"""Facts somebody waits for, or nobody does any more, taken in one round, oldest first."""
STILL_SECONDS = 10
"""So long a fact is looked at again: a promise made before it may be committed after it was heard."""
KEPT_DAYS = 30
"""So long a fact is remembered, for promises that another service made before it and told us of later."""

_AT = Occurrence.__table__.c.occurred_at.type  # type: ignore[attr-defined]
_WAITED_FOR = sa.and_(
    col(Promise.community_id) == col(Occurrence.community_id),
    col(Promise.on_event) == col(Occurrence.occasion),
    or_(col(Promise.about_id).is_(None), col(Promise.about_id) == col(Occurrence.about_id)),
    col(Promise.made_at) < col(Occurrence.occurred_at),
    or_(col(Promise.breaks_at).is_(None), col(Promise.breaks_at) >= col(Occurrence.occurred_at)),
)
_SOMEBODY_WAITS = sa.exists().where(col(Promise.settled_at).is_(None), _WAITED_FOR)
_UNSWEPT = (
    select(Occurrence)
    .where(col(Occurrence.swept_at).is_(None))
    .order_by(col(Occurrence.received_at))
    .limit(LOOKED_AT)
)
AWAITED = constant(
    across(_UNSWEPT.where(_SOMEBODY_WAITS), why="facts of every community that promises wait for")
)
OVER = constant(
    across(
        _UNSWEPT.where(~_SOMEBODY_WAITS, col(Occurrence.received_at) < sa.bindparam("before", type_=_AT)),
        why="facts of every community nobody waits for",
    )
)
KEEPING = constant(
    across(
        select(Occurrence)
        .join(Promise, _WAITED_FOR)
        .where(col(Promise.id) == sa.bindparam("promise_id", type_=Promise.__table__.c.id.type))  # type: ignore[attr-defined]
        .order_by(col(Occurrence.occurred_at))
        .limit(1),
        why="the fact lies in the community of its promise",
    )
)
"""The first fact heard of that keeps a promise."""
_WAITING = (
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
)
"""Those who waited for a fact when it happened: not those made later, nor those broken by then."""
WAITING = constant(_WAITING.limit(AT_ONCE).with_for_update(key_share=True))
SWEEP = constant(
    across(
        sa.update(Occurrence)
        .where(
            col(Occurrence.id).in_(sa.bindparam("ids", expanding=True)),
            col(Occurrence.received_at) < sa.bindparam("before", type_=_AT),
        )
        .values(swept_at=sa.bindparam("now", type_=_AT)),
        why="facts of every community nobody waits for",
    )
)
"""Not one that was woken meanwhile: then it was received anew."""
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

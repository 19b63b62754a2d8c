"""Point at the guidelines in force: GuidelinePublished -> Guideline -> every event that has not begun.

The consumer only notes the version; the clock's job takes the events to it, some in each write, each with its
EventUpdated. Whoever creates an event asks `version_in_force`.
"""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.audience import rules
from services.events.audience.rules import GuidelineKind
from services.events.events.rules import AHEAD, EventState
from services.events.models import Event, Guideline
from shared.consumers import Consumers
from shared.contracts.announced import GuidelinePublished
from shared.contracts.events import EventUpdated
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant, scope

consumers = Consumers()
jobs = Jobs()

AT_ONCE = 20
"""Events taken to the new version in one write."""
NOT_YET_LIVE = AHEAD | {EventState.DRAFT, EventState.POSTPONED}

_MOMENT = Guideline.__table__.c.heard_at.type  # type: ignore[attr-defined]
_THE_GUIDELINE = select(Guideline).where(scope(Guideline))
THE_GUIDELINE = constant(_THE_GUIDELINE)
HOLD_GUIDELINE = constant(_THE_GUIDELINE.with_for_update())
DUE = constant(
    across(
        select(col(Guideline.community_id))
        .where(
            col(Guideline.look_at).is_not(None), col(Guideline.look_at) <= sa.bindparam("now", type_=_MOMENT)
        )
        .order_by(col(Guideline.look_at))
        .limit(100),
        why="the clock looks at every community",
    )
)
BEHIND = constant(
    select(Event)
    .where(
        scope(Event),
        col(Event.state).in_(sorted(NOT_YET_LIVE)),
        col(Event.guideline_version).is_distinct_from(sa.bindparam("version", type_=sa.Integer())),
    )
    .order_by(col(Event.id))
    .limit(AT_ONCE)
    .with_for_update(key_share=True)
)
"""Held in the order of their ids."""
LOOK = constant(
    sa.update(Guideline).where(scope(Guideline)).values(look_at=sa.bindparam("look", type_=_MOMENT))
)


async def version_in_force(tx: Tx) -> int | None:
    """The version a new event points at; None where no guidelines were published."""
    guideline = await tx.first(THE_GUIDELINE)
    return None if guideline is None else guideline.guideline_version


@consumers.on(GuidelinePublished)
async def heed(tx: Tx, fact: GuidelinePublished) -> None:
    """Note the version, unless a newer one, or one meant for events, is in force."""
    if fact.kind not in set(GuidelineKind):
        return
    kind = GuidelineKind(fact.kind)
    known = await tx.first(HOLD_GUIDELINE)
    if known is not None and not rules.supersedes(kind, fact.number, known.kind, known.guideline_version):
        return
    newer = {"kind": kind, "guideline_version": fact.number, "heard_at": tx.now, "look_at": tx.now}
    put = tx.upsert(Guideline).on_conflict_do_update(index_elements=["community_id"], set_=newer)
    await tx.execute(put, {"community_id": fact.community_id} | newer)


@jobs.every(seconds=1.0)
async def spread(store: Store) -> None:
    """Take events to the version in force until none is behind."""
    for each in await store.read(_due, Context()):
        context = Context(actor=service_actor("events"), community_id=each.community_id)
        while await store.write(partial(_spread_some, community_id=each.community_id), context):
            pass


async def _due(tx: Tx) -> list[Guideline]:
    return await tx.all(DUE, {"now": tx.now})


async def _spread_some(tx: Tx, community_id: UUID) -> bool:
    """Point some events at the version in force; whether there may be more."""
    guideline = await tx.first(HOLD_GUIDELINE)
    if guideline is None:
        return False
    behind = await tx.all(BEHIND, {"version": guideline.guideline_version})
    for event in behind:
        after = await tx.lock(Event, event.id, guideline_version=guideline.guideline_version)
        tx.publish(
            EventUpdated(
                community_id=community_id,
                event_id=after.id,
                title=after.title,
                starts_at=after.starts_at,
                ends_at=after.ends_at,
                timezone=after.timezone,
                moved=False,
            )
        )
    if not behind:
        await tx.execute(LOOK, {"look": rules.next_look(guideline.heard_at, tx.now)})
    return bool(behind)

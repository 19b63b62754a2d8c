"""Have events written up: EventCompleted -> one call for each event -> CallOpened."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.models import ContributionCall
from shared.consumers import Consumers
from shared.contracts.events import EventCompleted
from shared.contracts.knowledge import CallOpened
from shared.store import Tx, constant, scope

consumers = Consumers()

TOPIC = "Write up: what an event brought"
WITHIN = timedelta(days=30)
"""Later than that nobody writes it up."""


@consumers.on(EventCompleted)
async def heed(tx: Tx, fact: EventCompleted) -> None:
    """Somebody is wanted to write it up; not for events that were taken in when they were over."""
    imported = fact.actor is not None and fact.actor.kind == "import"
    if imported or await tx.first(OF_EVENT, {"event_id": fact.event_id}) is not None:
        return
    until = tx.now + WITHIN
    call = ContributionCall(
        community_id=fact.community_id,
        topic=TOPIC,
        event_id=fact.event_id,
        deadline=until,
        opened_by=None,
        clock_at=until,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(call)
    tx.publish(CallOpened(community_id=fact.community_id, call_id=call.id, event_id=fact.event_id))


OF_EVENT = constant(
    select(ContributionCall).where(
        scope(ContributionCall), col(ContributionCall.event_id) == sa.bindparam("event_id")
    )
)

"""How a promise comes into the ledger, whoever makes it: checked, its clock started, told."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.membership.models import Occurrence, Promise
from services.membership.promises import rules
from services.membership.promises.rules import PromiseState
from shared.contracts.membership import PromiseMade
from shared.problems import Unprocessable
from shared.store import Tx, constant, scope


class DueMissing(Unprocessable):
    title = "Say when it is to be kept: at a time, or on an event"


class DueInThePast(Unprocessable):
    title = "Due in the past"


class GraceTooLong(Unprocessable):
    title = "Too long a grace"


_WAKE = (
    sa.update(Occurrence)
    .where(
        scope(Occurrence),
        col(Occurrence.occasion) == sa.bindparam("on_event", type_=Occurrence.__table__.c.occasion.type),  # type: ignore[attr-defined]
        col(Occurrence.occurred_at) > sa.bindparam("made_at", type_=Occurrence.__table__.c.occurred_at.type),  # type: ignore[attr-defined]
    )
    .values(swept_at=None, received_at=sa.bindparam("now", type_=Occurrence.__table__.c.received_at.type))  # type: ignore[attr-defined]
)
WAKE = constant(_WAKE)
WAKE_ABOUT = constant(
    _WAKE.where(col(Occurrence.about_id) == sa.bindparam("about", type_=Occurrence.__table__.c.about_id.type))  # type: ignore[attr-defined]
)
"""Facts that happened after the promise was made and were heard of before: they are looked at once more."""


async def enter(
    tx: Tx, *, community_id: UUID, due_at: datetime | None, made_at: datetime, grace_hours: int, **given: Any
) -> Promise:
    """Put a new promise into the ledger; refused, it leaves no trace."""
    if due_at is None and given["on_event"] is None:
        raise DueMissing
    if due_at is not None and due_at <= made_at:
        raise DueInThePast
    if not 0 <= grace_hours <= rules.GRACE_HOURS_MAX:
        raise GraceTooLong
    if given.get("about_id") is None and rules.waits_for_recipient(given["to_kind"], given["on_event"]):
        given["about_id"] = given["to_id"]
    breaks_at = rules.breaking_at(due_at, grace_hours)
    promise = Promise(
        **given,
        community_id=community_id,
        due_at=due_at,
        grace_hours=grace_hours,
        breaks_at=breaks_at,
        clock_at=rules.clock_at(PromiseState.OPEN, due_at, breaks_at),
        made_at=made_at,
        updated_at=tx.now,
    )
    await tx.insert(promise)
    if promise.on_event is not None:
        heard = {"on_event": promise.on_event, "made_at": made_at, "now": tx.now}
        about = {} if promise.about_id is None else {"about": promise.about_id}
        await tx.execute(WAKE_ABOUT if about else WAKE, heard | about)
    tx.publish(
        PromiseMade(
            community_id=community_id,
            promise_id=promise.id,
            to_kind=promise.to_kind.value,
            to_id=promise.to_id,
            due_at=due_at,
            on_event=promise.on_event.value if promise.on_event else None,
            grace_hours=grace_hours,
            owner_member_id=promise.owner_member_id,
            occurred_at=made_at,
        )
    )
    return promise

"""The seats of an event: what is free goes to the head of the waiting list -> RegistrationOffered.

Everything here happens under the event's lock, `event` being its newest row; what is returned is newer still.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.events.events.rules import AHEAD
from services.events.models import Event, Offer, Registration, SeatEntry
from services.events.registrations.follow import ask_again, cancel_all
from services.events.registrations.rules import RegistrationState, SeatStep, Waiting, offer_ends, promoted
from services.events.registrations.settle import counted, settle
from services.events.registrations.steps import AT_ONCE, Move, log_step, told
from shared.contracts.events import RegistrationOffered
from shared.store import Tx, constant, scope

__all__ = [
    "Move",
    "ask_again",
    "cancel_all",
    "counted",
    "fill",
    "free",
    "log_step",
    "promote",
    "serves",
    "settle",
]

ENDLESS = 1_000_000_000
"""More seats than anybody can ask for."""


def free(event: Event) -> int | None:
    """How many seats are neither confirmed nor offered; None where there is no capacity."""
    return None if event.capacity is None else event.capacity - event.taken


def serves(event: Event, now: datetime) -> bool:
    """Whether the waiting list is served: the event is announced at a time to come."""
    return event.state in AHEAD and now < event.starts_at


async def promote(tx: Tx, event: Event) -> Event:
    """Offer what is free after the capacity, or what else decides who is next, was changed."""
    if event.next_step > 1:
        last = await tx.one(LAST_STEP, {"event_id": event.id, "no": event.next_step - 1})
        if last.capacity != event.capacity:
            event = await log_step(tx, event, Move(SeatStep.CAPACITY))
    return await fill(tx, event)


async def fill(tx: Tx, event: Event) -> Event:
    """Offer the free seats to the head of the waiting list, strictly in the order of `seq`."""
    seats = free(event)
    if event.waiting == 0 or seats == 0 or not serves(event, tx.now):
        return event
    left = ENDLESS if seats is None else seats
    rows = left if seats is not None and not event.allow_skip else ENDLESS
    waiting = {row.seq: row for row in await tx.all(IN_LINE, {"event_id": event.id, "rows": rows})}
    line = [Waiting(row.seq, row.party_size) for row in waiting.values()]
    chosen = [waiting[each.seq] for each in promoted(left, line, allow_skip=event.allow_skip)]
    for at in range(0, len(chosen), AT_ONCE):
        event = await _offer(tx, event, chosen[at : at + AT_ONCE])
    return event


async def _offer(tx: Tx, event: Event, chosen: list[Any]) -> Event:
    """Hold seats for those chosen, who fit."""
    expires_at = offer_ends(tx.now, event.offer_minutes, event.starts_at)
    await tx.lock_all(Registration, [row.id for row in chosen], state=RegistrationState.OFFERED)
    offers = [
        Offer(
            community_id=event.community_id,
            event_id=event.id,
            registration_id=row.id,
            offered_at=tx.now,
            expires_at=expires_at,
        )
        for row in chosen
    ]
    await tx.insert(offers)
    for row in chosen:
        tx.publish(told(RegistrationOffered, row, expires_at=expires_at))
    moves = [
        Move(SeatStep.OFFERED, row.id, row.seq, row.party_size, taken=row.party_size, waiting=-row.party_size)
        for row in chosen
    ]
    return await log_step(tx, event, *moves)


LAST_STEP = constant(
    sa.select(SeatEntry).where(
        scope(SeatEntry),
        col(SeatEntry.event_id) == sa.bindparam("event_id"),
        col(SeatEntry.no) == sa.bindparam("no"),
    )
)
IN_LINE = constant(
    sa.select(
        *(
            col(getattr(Registration, name))
            for name in ("id", "community_id", "event_id", "member_id", "party_size", "seq")
        )
    )
    .where(
        scope(Registration),
        col(Registration.event_id) == sa.bindparam("event_id"),
        col(Registration.state) == RegistrationState.WAITLISTED,
    )
    .order_by(col(Registration.seq))
    .limit(sa.bindparam("rows", type_=sa.Integer()))
)
"""The head of the waiting list, without what lies sealed with it."""

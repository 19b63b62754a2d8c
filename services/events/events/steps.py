"""One step of an event's life: its state, the fact of it, and what follows for seats and reminders."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.events.events import rules
from services.events.events.enter import published, times_of
from services.events.events.organisers import organisers_of
from services.events.events.rules import EventVerb
from services.events.models import Event, Registration
from services.events.registrations.rules import COMING
from services.events.registrations.seats import ask_again, cancel_all, promote
from services.events.reminders.plan import plan
from shared.contracts.events import (
    EventArchived,
    EventCancelled,
    EventCompleted,
    EventPostponed,
    EventRegistrationClosed,
    EventRegistrationOpened,
    EventStarted,
)
from shared.facts import Fact
from shared.problems import InvalidTransition
from shared.store import Tx, constant, scope

PLAIN: dict[EventVerb, Callable[..., Fact]] = {
    EventVerb.OPEN_REGISTRATION: EventRegistrationOpened,
    EventVerb.CLOSE_REGISTRATION: EventRegistrationClosed,
    EventVerb.POSTPONE: EventPostponed,
    EventVerb.CANCEL: EventCancelled,
    EventVerb.ARCHIVE: EventArchived,
}
RE_PLANS = frozenset({EventVerb.PUBLISH, EventVerb.POSTPONE, EventVerb.CANCEL, EventVerb.COMPLETE})


def require_verb(event: Event, verb: EventVerb) -> None:
    """Raise `InvalidTransition`, which lists what may be done, unless `verb` may."""
    allowed = rules.verbs(event.state)
    if verb not in allowed:
        raise InvalidTransition(state=event.state.value, allowed=[other.value for other in allowed])


async def take(tx: Tx, event: Event, verb: EventVerb, *, at: datetime | None = None, **changes: Any) -> Event:
    """Take an event the caller holds through `verb`, as of `at`; the event as it is then.

    `evaluate` brings its own fact: see `evaluations`."""
    require_verb(event, verb)
    moment = at or tx.now
    if verb is EventVerb.START:
        changes["confirmed_at_start"] = await confirmed_seats(tx, event)
    moved = "starts_at" in changes
    changes["state"] = rules.after(verb)
    if verb is EventVerb.PUBLISH:
        changes["announced"] = True
    if verb is EventVerb.COMPLETE and tx.now < event.ends_at:
        changes["ends_at"] = max(tx.now, event.starts_at)
    changes["clock_at"] = clock_at(event, changes)
    after = await tx.lock(Event, event.id, **changes)
    if verb is not EventVerb.EVALUATE:
        tx.publish(await _fact(tx, after, verb, moment))
    if verb is EventVerb.CANCEL:
        after = await cancel_all(tx, after, "event cancelled")
    if moved:
        await ask_again(tx, after)
    if verb is EventVerb.PUBLISH:
        after = await promote(tx, after)
    if verb in RE_PLANS:
        await plan(tx, after)
    return after


def clock_at(event: Event, changes: dict[str, Any]) -> datetime | None:
    """When time next does something to an event that is changed so."""
    names = ("starts_at", "ends_at", "opens_at", "closes_at", "settled_at")
    times = times_of(event)._replace(**{name: changes[name] for name in names if name in changes})
    due = rules.next_due(changes.get("state", event.state), times)
    return due.at if due is not None else None


async def confirmed_seats(tx: Tx, event: Event) -> int:
    """The seats whose holders said that they come."""
    row = await tx.one(CONFIRMED, {"event_id": event.id})
    return int(row.seats or 0)


async def _fact(tx: Tx, event: Event, verb: EventVerb, at: datetime) -> Fact:
    of: dict[str, Any] = {"community_id": event.community_id, "event_id": event.id, "occurred_at": at}
    if verb in PLAIN:
        return PLAIN[verb](**of)
    if verb is EventVerb.PUBLISH:
        return published(event)
    if verb is EventVerb.START:
        return EventStarted(**of, confirmed=event.confirmed_at_start or 0, capacity=event.capacity)
    organisers = (await organisers_of(tx, [event.id]))[event.id]
    return EventCompleted(**of, series_id=event.series_id, format_id=event.format_id, organisers=organisers)


CONFIRMED = constant(
    sa.select(sa.func.sum(col(Registration.party_size)).label("seats")).where(
        scope(Registration),
        col(Registration.event_id) == sa.bindparam("event_id"),
        col(Registration.state).in_(COMING),
    )
)

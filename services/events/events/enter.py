"""A new event with its organisers and reminders, and the facts that tell of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.events.audience.guidelines import version_in_force
from services.events.events import rules
from services.events.events.organisers import organise
from services.events.events.rules import EventState, Times
from services.events.models import Event
from services.events.reminders.plan import plan
from shared.contracts.events import EventDrafted, EventPublished, EventRegistrationOpened
from shared.facts import ActorRef
from shared.store import Tx


async def enter(
    tx: Tx,
    event: Event,
    organisers: Sequence[UUID],
    *,
    open_registration: bool = False,
    by: ActorRef | None = None,
) -> Event:
    """Keep a new event: a draft, or one that is published, with `open_registration` for everybody at once.

    `by` is told as the actor, when it is not the caller."""
    state = EventState.REGISTRATION_OPEN if open_registration else event.state
    due = rules.next_due(state, times_of(event))
    begins: dict[str, Any] = {
        "state": state,
        "announced": state is not EventState.DRAFT,
        "version": 2 if state is EventState.REGISTRATION_OPEN else 1,
        "clock_at": due.at if due is not None else None,
    }
    if state not in rules.OVER:
        begins["guideline_version"] = await version_in_force(tx)
    event = Event(**event.__dict__ | begins)
    await tx.insert(event)
    await organise(tx, event, organisers)
    if event.state is EventState.DRAFT:
        tx.publish(EventDrafted(community_id=event.community_id, event_id=event.id, actor=by))
        return event
    tx.publish(published(event, by))
    if event.state is EventState.REGISTRATION_OPEN:
        tx.publish(EventRegistrationOpened(community_id=event.community_id, event_id=event.id, actor=by))
    await plan(tx, event)
    return event


def published(event: Event, by: ActorRef | None = None) -> EventPublished:
    """The fact that members may know of an event."""
    return EventPublished(
        community_id=event.community_id,
        actor=by,
        event_id=event.id,
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        series_id=event.series_id,
        format_id=event.format_id,
        group_id=event.group_id,
    )


def times_of(event: Event) -> Times:
    """The moments that move an event by themselves."""
    return Times(event.starts_at, event.ends_at, event.opens_at, event.closes_at, event.settled_at)

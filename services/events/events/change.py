"""Change events: PATCH /events/{id} -> who has a seat keeps it -> EventUpdated, new seats offered at once."""

from uuid import UUID

from services.events.events.changes import ChangeEvent, changes_of
from services.events.events.lifecycle import held
from services.events.events.organisers import reorganise, require_living
from services.events.events.rules import OVER, EventState
from services.events.events.steps import clock_at
from services.events.events.view import EventView, shown
from services.events.models import Event
from services.events.registrations.seats import ask_again, promote
from services.events.reminders.plan import plan
from shared.contracts.events import EventUpdated
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["events"])


WHO_IS_NEXT = ("capacity", "waitlist_enabled", "waitlist_max", "allow_skip", "starts_at")
"""What decides, with the line itself, whether somebody gets a seat now."""


class EventIsOver(Conflict):
    """What took place, or was called off, is not changed any more."""

    title = "The event is over"


async def change(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, command: ChangeEvent
) -> EventView:
    """Change what was given; whoever is registered is asked again when the time is another."""
    event = await held(tx, actor, event_id)
    tx.require_version(event.version)
    after = await apply(tx, event, command)
    tx.audit("event.change", event_id)
    (view,) = await shown(tx, actor, [after])
    return view


async def apply(tx: Tx, event: Event, command: ChangeEvent) -> Event:
    """The event, held by the caller, as `command` has it."""
    if event.state in OVER:
        raise EventIsOver
    given = command.model_fields_set
    changes = await changes_of(tx, event, command)
    moved = any(
        changes.get(name, getattr(event, name)) != getattr(event, name) for name in ("starts_at", "ends_at")
    )
    if moved or "title" in given or "venue" in given:
        changes["sequence"] = event.sequence + 1
    changes["clock_at"] = clock_at(event, changes)
    if event.series_id is not None:
        changes["overridden"] = True
    after = await tx.lock(Event, event.id, **changes)
    tx.publish(
        EventUpdated(
            community_id=event.community_id,
            event_id=event.id,
            title=after.title,
            starts_at=after.starts_at,
            ends_at=after.ends_at,
            timezone=after.timezone,
            moved=moved,
        )
    )
    if "organisers" in given:
        await require_living(tx, command.organisers)
        await reorganise(tx, after, command.organisers)
    return await follow(tx, event, after, moved=moved)


async def follow(tx: Tx, before: Event, after: Event, *, moved: bool) -> Event:
    """What follows from the change for those who come, who wait, and when they are reminded."""
    if moved:
        await ask_again(tx, after)
    if after.state is not EventState.DRAFT and (moved or after.reminders != before.reminders):
        await plan(tx, after)
    served = any(getattr(before, name) != getattr(after, name) for name in WHO_IS_NEXT)
    return await promote(tx, after) if served else after


@router.patch("/v1/communities/{community_id}/events/{event_id}", allows="event.host", versioned=True)
async def patch_event(community_id: UUID, event_id: UUID, command: ChangeEvent, write: Write) -> EventView:
    return await write(change, community_id, event_id, command)

"""Run an event: POST /events/{id}/{verb} -> rules.verbs -> the fact of that verb, and what follows."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.events.events.access import require_manager
from services.events.events.inputs import Minutes, Time
from services.events.events.rules import EventState, EventVerb
from services.events.events.steps import require_verb, take
from services.events.events.timing import lasting, timing
from services.events.events.view import EventView, shown
from services.events.models import HOLD_EVENT, Event
from shared.identity import Actor
from shared.problems import Unprocessable
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["events"])

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
Path = "/v1/communities/{community_id}/events/{event_id}"


class Publish(Command):
    """The new time of an event that was postponed."""

    starts_at: Time | None = None
    ends_at: Time | None = None
    duration_minutes: Minutes | None = None


class CallOff(Command):
    """Why it does not take place."""

    reason: Reason | None = None


class NewTimeNeeded(Unprocessable):
    """A postponed event is published again with a time to come, and only that."""

    title = "A postponed event needs a new time"


async def run(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, verb: EventVerb, **changes: Any
) -> EventView:
    """Take the event through `verb`; `InvalidTransition` names what is possible instead."""
    return await _through(tx, actor, await held(tx, actor, event_id), verb, **changes)


async def _through(tx: Tx, actor: Actor, event: Event, verb: EventVerb, **changes: Any) -> EventView:
    after = await take(tx, event, verb, **changes)
    tx.audit(f"event.{verb.value}", event.id)
    (view,) = await shown(tx, actor, [after])
    return view


async def held(tx: Tx, actor: Actor, event_id: UUID) -> Event:
    """The event, locked until commit, for somebody who manages it."""
    event = await tx.one(HOLD_EVENT, {"event_id": event_id})
    await require_manager(tx, actor, event)
    return event


async def publish(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, command: Publish | None
) -> EventView:
    """Let members know of it; those who had registered for a postponed one are asked about the new time."""
    event = await held(tx, actor, event_id)
    require_verb(event, EventVerb.PUBLISH)
    return await _through(tx, actor, event, EventVerb.PUBLISH, **_new_time(tx, event, command))


def _new_time(tx: Tx, event: Event, command: Publish | None) -> dict[str, Any]:
    given = command or Publish()
    if event.state is EventState.DRAFT and given.starts_at is None:
        return {}
    if given.starts_at is None or event.state is EventState.DRAFT:
        raise NewTimeNeeded
    minutes = given.duration_minutes
    if given.ends_at is None and minutes is None:
        minutes = lasting(event)
    time = timing(given.starts_at, event.timezone, ends=given.ends_at, minutes=minutes, all_day=event.all_day)
    if time.starts_at <= tx.now:
        raise NewTimeNeeded
    closed = {"closes_at": None} if event.closes_at is not None else {}
    again: dict[str, Any] = {"cancel_reason": None, "sequence": event.sequence + 1}
    return time._asdict() | closed | again | {"overridden": event.series_id is not None}


async def cancel(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, command: CallOff | None
) -> EventView:
    """Call it off for good: every registration is cancelled."""
    return await _call_off(tx, actor, event_id, EventVerb.CANCEL, command)


async def postpone(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, command: CallOff | None
) -> EventView:
    """Call it off for now: registrations stay, and are asked about the new time."""
    return await _call_off(tx, actor, event_id, EventVerb.POSTPONE, command)


async def _call_off(
    tx: Tx, actor: Actor, event_id: UUID, verb: EventVerb, command: CallOff | None
) -> EventView:
    event = await held(tx, actor, event_id)
    reason = command.reason if command else None
    changes = {"cancel_reason": reason, "sequence": event.sequence + 1}
    return await _through(tx, actor, event, verb, **changes)


@router.post(f"{Path}/publish", allows="event.host")
async def post_event_publish(
    community_id: UUID, event_id: UUID, write: Write, command: Publish | None = None
) -> EventView:
    return await write(publish, community_id, event_id, command)


@router.post(f"{Path}/open-registration", allows="event.host")
async def post_event_open_registration(community_id: UUID, event_id: UUID, write: Write) -> EventView:
    return await write(run, community_id, event_id, EventVerb.OPEN_REGISTRATION)


@router.post(f"{Path}/close-registration", allows="event.host")
async def post_event_close_registration(community_id: UUID, event_id: UUID, write: Write) -> EventView:
    return await write(run, community_id, event_id, EventVerb.CLOSE_REGISTRATION)


@router.post(f"{Path}/start", allows="event.host")
async def post_event_start(community_id: UUID, event_id: UUID, write: Write) -> EventView:
    return await write(run, community_id, event_id, EventVerb.START)


@router.post(f"{Path}/complete", allows="event.host")
async def post_event_complete(community_id: UUID, event_id: UUID, write: Write) -> EventView:
    return await write(run, community_id, event_id, EventVerb.COMPLETE)


@router.post(f"{Path}/archive", allows="event.host")
async def post_event_archive(community_id: UUID, event_id: UUID, write: Write) -> EventView:
    return await write(run, community_id, event_id, EventVerb.ARCHIVE)


@router.post(f"{Path}/cancel", allows="event.host")
async def post_event_cancel(
    community_id: UUID, event_id: UUID, write: Write, command: CallOff | None = None
) -> EventView:
    return await write(cancel, community_id, event_id, command)


@router.post(f"{Path}/postpone", allows="event.host")
async def post_event_postpone(
    community_id: UUID, event_id: UUID, write: Write, command: CallOff | None = None
) -> EventView:
    return await write(postpone, community_id, event_id, command)

"""How events are shown: drafts to those who manage them, the link to join by to those who have a seat."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col

from services.events.events.access import is_manager
from services.events.events.organisers import organisers_of
from services.events.events.rules import Approval, EventState
from services.events.models import Event, Registration
from services.events.registrations.rules import COMING
from services.events.sealing import known_sealer
from shared.identity import Actor
from shared.route import View
from shared.store import Tx, constant, scope


class VenueView(View):
    name: str | None
    address: str | None
    geo: dict[str, float] | None
    online_url: str | None
    """Null for whoever is not registered."""


class WaitlistView(View):
    enabled: bool
    max: int | None
    offer_minutes: int
    allow_skip: bool


class WindowView(View):
    opens_at: AwareDatetime | None
    closes_at: AwareDatetime | None


class EventView(View):
    """An event as the caller may see it; its seats, no part of its version, are told at `/availability`."""

    id: UUID
    series_id: UUID | None
    recurrence_id: str | None
    overridden: bool
    uid: str
    sequence: int
    title: str
    description: str | None
    format_id: UUID | None
    group_id: UUID | None
    tz: str
    all_day: bool
    starts_local: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    venue: VenueView | None
    capacity: int | None
    per_registration_max: int
    waitlist: WaitlistView
    registration_window: WindowView
    approval: Approval
    audience: dict[str, Any] | None
    accessibility: dict[str, Any]
    cost: dict[str, Any] | None
    cancel_cutoff_minutes: int
    reminders: list[dict[str, Any]]
    guideline_version: int | None
    organisers: list[UUID]
    state: EventState
    cancel_reason: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


_NESTED = {"tz", "venue", "waitlist", "registration_window", "organisers"}
_PLAIN = [name for name in EventView.model_fields if name not in _NESTED]


async def shown(tx: Tx, actor: Actor, events: Sequence[Event]) -> list[EventView]:
    """The events as the caller may see them."""
    if not events:
        return []
    organisers = await organisers_of(tx, [event.id for event in events])
    links = await _links(tx, actor, events, organisers)
    return [_view(event, organisers[event.id], links.get(event.id)) for event in events]


async def _links(
    tx: Tx, actor: Actor, events: Sequence[Event], organisers: dict[UUID, list[UUID]]
) -> dict[UUID, str]:
    """The links of those events the caller manages or has a seat at."""
    linked = [event for event in events if event.online_url is not None]
    if not linked:
        return {}
    told = {event.id for event in linked if is_manager(actor, organisers[event.id])}
    if actor.member_id is not None and len(told) < len(linked):
        given = {"ids": [event.id for event in linked], "member_id": actor.member_id}
        told |= {row.event_id for row in await tx.all(SEATS_OF, given)}
    vault = await known_sealer(tx) if told else None
    return {
        event.id: vault.unseal(event.online_url, about=f"{event.id}:online_url")
        for event in linked
        if vault is not None and event.id in told and event.online_url is not None
    }


def _view(event: Event, organisers: list[UUID], link: str | None) -> EventView:
    given: dict[str, Any] = {name: getattr(event, name) for name in _PLAIN}
    venue = None
    if event.venue is not None or event.online_url is not None:
        venue = {"name": None, "address": None, "geo": None} | (event.venue or {}) | {"online_url": link}
    return EventView.model_validate(
        given
        | {
            "tz": event.timezone,
            "venue": venue,
            "waitlist": {
                "enabled": event.waitlist_enabled,
                "max": event.waitlist_max,
                "offer_minutes": event.offer_minutes,
                "allow_skip": event.allow_skip,
            },
            "registration_window": {"opens_at": event.opens_at, "closes_at": event.closes_at},
            "organisers": sorted(organisers),
        }
    )


_IDS: Any = sa.bindparam("ids", expanding=True)
SEATS_OF = constant(
    sa.select(col(Registration.event_id)).where(
        scope(Registration),
        col(Registration.event_id).in_(_IDS),
        col(Registration.member_id) == sa.bindparam("member_id"),
        col(Registration.state).in_(COMING),
    )
)

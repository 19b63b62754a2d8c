"""A member's own calendar: GET /members/me/events.ics?token= -> what they come to or organise."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, select

from services.events.audience.rules import MemberStanding
from services.events.calendars.entries import single
from services.events.calendars.feed import (
    DAYS_BACK,
    MOST_EVENTS,
    Calendar,
    Made,
    midnight,
    unchanged,
    written,
)
from services.events.calendars.models import CalendarFeed
from services.events.calendars.shown import BRIEFLY, shown_of, tag_of
from services.events.calendars.tokens import digest
from services.events.models import THE_STANDING, Event, Organiser, Registration
from services.events.registrations.rules import COMING
from services.events.sealing import known_sealer
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Known, Read, Router
from shared.store import Tx, constant, scope

router = Router(tags=["calendars"])

Token = Annotated[str, Query(max_length=100, description="what was shown when the feed was made")]


async def mine(tx: Tx, _actor: Actor, token: str, known: str) -> Made:
    """What the holder of the token comes to or organises; one that opens nothing is as missing as none."""
    feed = await tx.one(BY_TOKEN, {"digest": digest(token)})
    standing = await tx.first(THE_STANDING, {"member_id": feed.member_id})
    if standing is not None and standing.standing is not MemberStanding.ACTIVE:
        raise NotFound
    begin = midnight((tx.now - timedelta(days=DAYS_BACK)).date())
    given = {"member": feed.member_id, "since": begin}
    brief = await tx.all(BRIEF, given)
    shown = await shown_of(tx, brief)
    tag = tag_of(shown)
    if tag in known:
        return unchanged(tag)
    events = await tx.all(WHOLE, given)
    return written(replace(shown, events=events, links=await _links(tx, events)), single, tag)


async def _links(tx: Tx, events: list[Event]) -> dict[UUID, str]:
    """The addresses to join by: all of these events are the member's own."""
    vault = await known_sealer(tx) if any(event.online_url for event in events) else None
    return {
        event.id: vault.unseal(event.online_url, about=f"{event.id}:online_url")
        for event in events
        if vault is not None and event.online_url is not None
    }


_MEMBER: Any = sa.bindparam("member", type_=Organiser.__table__.c.member_id.type)  # type: ignore[attr-defined]
_SINCE: Any = sa.bindparam("since", type_=Event.__table__.c.starts_at.type)  # type: ignore[attr-defined]
_SEATS = sa.select(col(Registration.event_id)).where(
    scope(Registration), col(Registration.member_id) == _MEMBER, col(Registration.state).in_(COMING)
)
_ORGANISED = sa.select(col(Organiser.of_id)).where(scope(Organiser), col(Organiser.member_id) == _MEMBER)


def _theirs(statement: Any) -> Any:
    return constant(
        statement.where(
            scope(Event),
            col(Event.announced).is_(True),
            col(Event.starts_at) >= _SINCE,
            sa.or_(col(Event.id).in_(_SEATS), col(Event.id).in_(_ORGANISED)),
        )
        .order_by(col(Event.starts_at), col(Event.id))
        .limit(MOST_EVENTS)
    )


BRIEF, WHOLE = _theirs(sa.select(*BRIEFLY)), _theirs(select(Event))
BY_TOKEN = constant(
    select(CalendarFeed).where(
        scope(CalendarFeed),
        col(CalendarFeed.token_hash) == sa.bindparam("digest"),
        col(CalendarFeed.revoked_at).is_(None),
    )
)


@router.get(
    "/v1/communities/{community_id}/members/me/events.ics",
    allows="event.read",
    by_token=True,
    response_class=Calendar,
    response_model=None,
)
async def get_private_calendar(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    known: Known,
    token: Token = "",
) -> Any:
    return await asyncio.to_thread(await read(mine, token, known))

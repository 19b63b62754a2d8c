"""Registrations for series: GET /event-series/{id}/registrations, DELETE -> SeriesRegistrationCancelled."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.events.access import manages
from services.events.events.rules import AHEAD, EventState
from services.events.models import (
    HOLD_EVENT,
    HOLD_SERIES,
    REGISTRATION_COUNTS,
    THE_REGISTRATION,
    THE_SERIES,
    Event,
    Registration,
    Series,
    SeriesRegistration,
)
from services.events.registrations import rules
from services.events.registrations.cancel import let_go
from services.events.registrations.rules import RegistrationVerb
from services.events.series.rules import RsvpScope
from shared.contracts.events import SeriesRegistrationCancelled
from shared.identity import Actor
from shared.problems import Forbidden, NotFound
from shared.route import Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["registrations"])

STILL_TO_COME = (*AHEAD, EventState.POSTPONED)


class SeriesRegistrationView(View):
    """Somebody comes to every occurrence from `from_local` on, made later ones included."""

    id: UUID
    series_id: UUID
    member_id: UUID
    scope: RsvpScope
    from_local: str
    party_size: int
    cancelled_at: AwareDatetime | None
    created_at: AwareDatetime


async def standing_of(
    tx: Tx, actor: Actor, series_id: UUID, limit: int, cursor: str | None
) -> Page[SeriesRegistration]:
    """The caller's registrations for the series; all of them for whoever organises it."""
    series = await tx.one(THE_SERIES, {"series_id": series_id})
    statement = OF_SERIES
    if not await manages(tx, actor, series):
        if not series.announced:
            raise NotFound
        if actor.member_id is None:
            raise Forbidden
        statement = statement.where(col(SeriesRegistration.member_id) == actor.member_id)
    by = (SeriesRegistration.created_at, SeriesRegistration.id)
    return await tx.page(statement, {"series_id": series_id}, by=by, limit=limit, cursor=cursor)


async def cancel(
    tx: Tx, actor: Actor, _community_id: UUID, series_id: UUID, series_registration_id: UUID
) -> None:
    """Cancel it with all its registrations for what is still to come; once is enough."""
    series: Series = await tx.one(HOLD_SERIES, {"series_id": series_id})
    given = {"series_registration_id": series_registration_id}
    standing = await tx.one(THE_STANDING, given)
    own = standing.member_id == actor.member_id
    if standing.series_id != series_id or not (own or await manages(tx, actor, series)):
        raise NotFound
    await _end(tx, standing)
    await _give_up(tx, await tx.all(OF_STANDING, given | {"member_id": standing.member_id}))
    if not own:
        tx.audit("series_registration.cancel", standing.id)


async def _give_up(tx: Tx, found: list[Any]) -> None:
    """Cancel those of these registrations that still can be; given in the order of their events' ids."""
    for row in found:
        event = await tx.one(HOLD_EVENT, {"event_id": row.event_id})
        given = {"event_id": row.event_id, "registration_id": row.id}
        registration = await tx.one(THE_REGISTRATION, given)
        if event.state in STILL_TO_COME and RegistrationVerb.CANCEL in rules.verbs(registration.state):
            await let_go(tx, event, registration, None)


async def _end(tx: Tx, standing: SeriesRegistration) -> None:
    """Let a registration for a series stand no longer; the caller holds the series."""
    if standing.cancelled_at is None:
        after = await tx.lock(SeriesRegistration, standing.id, cancelled_at=tx.now)
        tx.publish(
            SeriesRegistrationCancelled(
                community_id=after.community_id,
                series_registration_id=after.id,
                series_id=after.series_id,
                member_id=after.member_id,
            )
        )


THE_STANDING = constant(
    select(SeriesRegistration).where(
        scope(SeriesRegistration), col(SeriesRegistration.id) == sa.bindparam("series_registration_id")
    )
)
OF_STANDING = constant(
    sa.select(col(Registration.id), col(Registration.event_id))
    .join(Event, col(Event.id) == col(Registration.event_id))
    .where(
        scope(Registration),
        scope(Event),
        col(Registration.member_id) == sa.bindparam("member_id"),
        col(Registration.series_registration_id) == sa.bindparam("series_registration_id"),
        REGISTRATION_COUNTS,
        col(Event.state).in_(STILL_TO_COME),
    )
    .order_by(col(Event.id))
)
OF_SERIES = constant(
    select(SeriesRegistration).where(
        scope(SeriesRegistration), col(SeriesRegistration.series_id) == sa.bindparam("series_id")
    )
)


@router.get("/v1/communities/{community_id}/event-series/{series_id}/registrations", allows="event.register")
async def get_series_registrations(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    series_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SeriesRegistrationView]:
    return await read(standing_of, series_id, limit, cursor)


@router.delete(
    "/v1/communities/{community_id}/event-series/{series_id}/registrations/{series_registration_id}",
    status_code=204,
    allows="event.register",
)
async def delete_series_registration(
    community_id: UUID, series_id: UUID, series_registration_id: UUID, write: Write
) -> None:
    return await write(cancel, community_id, series_id, series_registration_id)

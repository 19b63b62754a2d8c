"""Hand over what a merged member has registered for to the member who stands for them, some in each write."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.audience.leaving import EVENTS_OF, FUTURE, OF_EVENT, SERIES_OF, leave_one
from services.events.models import HOLD_EVENT, HOLD_SERIES, Event, Registration, SeriesRegistration
from services.events.registrations.follow import release
from services.events.registrations.rules import OfferState
from services.events.registrations.seats import fill
from services.events.registrations.steps import as_it_is
from shared.contracts.events import SeriesRegistrationMade
from shared.store import Tx, constant, scope

REASON = "registered as another member, too"


async def hand_over(tx: Tx, member_id: UUID, survivor_id: UUID) -> int:
    """Series first, then events; where the survivor has registered already, the merged one's is cancelled."""
    series = await tx.all(SERIES_OF, {"members": [member_id]})
    for row in series:
        await _series(tx, row, survivor_id)
    places = await tx.all(EVENTS_OF, {"members": [member_id]})
    for place in places:
        event = await tx.one(HOLD_EVENT, {"event_id": place.event_id})
        if event.state in FUTURE:
            await _event(tx, event, member_id, survivor_id)
    return len(series) + len(places)


async def _series(tx: Tx, row: SeriesRegistration, survivor_id: UUID) -> None:
    await tx.one(HOLD_SERIES, {"series_id": row.series_id})
    comes = {"series_id": row.series_id, "member_id": survivor_id}
    if await tx.first(COMES_TO_SERIES, comes) is not None:
        await leave_one(tx, row)
        return
    known = await tx.lock(SeriesRegistration, row.id, facts=0)
    if known.cancelled_at is None:
        await tx.lock(SeriesRegistration, row.id, member_id=survivor_id)
        tx.publish(
            SeriesRegistrationMade(
                community_id=row.community_id,
                series_registration_id=row.id,
                series_id=row.series_id,
                member_id=survivor_id,
            )
        )


async def _event(tx: Tx, event: Event, member_id: UUID, survivor_id: UUID) -> None:
    rows = await tx.all(OF_EVENT, {"event_id": event.id, "members": [member_id]})
    comes = {"event_id": event.id, "member_id": survivor_id}
    if await tx.first(COMES, comes) is not None:
        await fill(tx, await release(tx, event, rows, OfferState.WITHDRAWN, REASON))
        return
    for row in rows:
        after = await tx.lock(Registration, row.id, member_id=survivor_id)
        tx.publish(await as_it_is(tx, after))


COMES = constant(
    sa.select(col(Registration.id)).where(
        scope(Registration),
        col(Registration.event_id) == sa.bindparam("event_id"),
        col(Registration.member_id) == sa.bindparam("member_id"),
        col(Registration.active).is_(True),
    )
)
COMES_TO_SERIES = constant(
    select(SeriesRegistration).where(
        scope(SeriesRegistration),
        col(SeriesRegistration.series_id) == sa.bindparam("series_id"),
        col(SeriesRegistration.member_id) == sa.bindparam("member_id"),
        col(SeriesRegistration.cancelled_at).is_(None),
    )
)

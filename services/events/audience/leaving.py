"""Take members out of what is to come: their series, then their events, some in each write."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.rules import AHEAD, EventState
from services.events.models import HOLD_EVENT, HOLD_SERIES, Event, Registration, SeriesRegistration
from services.events.registrations.follow import BRIEFLY, release
from services.events.registrations.rules import OfferState, RegistrationState
from services.events.registrations.seats import fill
from shared.contracts.events import SeriesRegistrationCancelled
from shared.store import Tx, constant, scope

AT_ONCE = 10
"""Events, or series, members are taken out of in one write."""
FUTURE = AHEAD | {EventState.POSTPONED}
OPEN = (
    RegistrationState.PENDING_APPROVAL,
    RegistrationState.CONFIRMED,
    RegistrationState.WAITLISTED,
    RegistrationState.OFFERED,
)


async def leave_series(tx: Tx, members: list[UUID]) -> int:
    """Cancel some of the series these members come to, those first, so that no occurrence is added."""
    rows = await tx.all(SERIES_OF, {"members": members})
    for row in rows:
        await tx.one(HOLD_SERIES, {"series_id": row.series_id})
        await leave_one(tx, row)
    return len(rows)


async def leave_one(tx: Tx, row: SeriesRegistration) -> None:
    """Cancel one registration for a series the caller holds, unless that has been done."""
    known = await tx.lock(SeriesRegistration, row.id, facts=0)
    if known.cancelled_at is not None:
        return
    await tx.lock(SeriesRegistration, row.id, cancelled_at=tx.now)
    tx.publish(
        SeriesRegistrationCancelled(
            community_id=row.community_id,
            series_registration_id=row.id,
            series_id=row.series_id,
            member_id=row.member_id,
        )
    )


async def leave_events(tx: Tx, members: list[UUID], reason: str) -> int:
    """Cancel some of the registrations of these members for what has not begun, and offer their seats."""
    places = await tx.all(EVENTS_OF, {"members": members})
    for place in places:
        event = await tx.one(HOLD_EVENT, {"event_id": place.event_id})
        if event.state not in FUTURE:
            continue  # it began meanwhile
        rows = await tx.all(OF_EVENT, {"event_id": event.id, "members": members})
        event = await release(tx, event, rows, OfferState.WITHDRAWN, reason)
        await fill(tx, event)
    return len(places)


_THEIRS: Any = sa.bindparam("members", type_=Registration.__table__.c.member_id.type, expanding=True)  # type: ignore[attr-defined]
SERIES_OF = constant(
    select(SeriesRegistration)
    .where(
        scope(SeriesRegistration),
        col(SeriesRegistration.member_id).in_(_THEIRS),
        col(SeriesRegistration.cancelled_at).is_(None),
    )
    .order_by(col(SeriesRegistration.series_id))
    .limit(AT_ONCE)
)
_OPEN = (scope(Registration), col(Registration.member_id).in_(_THEIRS), col(Registration.state).in_(OPEN))
EVENTS_OF = constant(
    sa.select(col(Registration.event_id))
    .distinct()
    .select_from(Registration)
    .join(Event, col(Event.id) == col(Registration.event_id))
    .where(scope(Event), col(Event.state).in_(sorted(FUTURE)), *_OPEN)
    .order_by(col(Registration.event_id))
    .limit(AT_ONCE)
)
OF_EVENT = constant(
    sa.select(*BRIEFLY)
    .where(*_OPEN, col(Registration.event_id) == sa.bindparam("event_id"))
    .order_by(col(Registration.seq))
)

"""The traces of a person in events' tables: the statements that find, empty and remove them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, delete, update

from services.events.models import (
    CalendarFeed,
    Departure,
    Entitlement,
    Evaluation,
    Event,
    EventBan,
    GroupMembership,
    Organiser,
    Registration,
    SeriesRegistration,
    Standing,
)
from services.events.registrations.follow import BRIEFLY
from shared.store import constant, scope

AT_ONCE = 50
"""Rows changed in one write."""
EVENTS_AT_ONCE = 10

NOBODYS: dict[str, Any] = {
    "member_id": None,
    "guest": None,
    "guest_digest": None,
    "answers": None,
    "needs": None,
    "reason": None,
}
"""What a registration loses with the person."""
MEMBERS: Any = sa.bindparam("members", type_=Registration.__table__.c.id.type, expanding=True)  # type: ignore[attr-defined]
IDS: Any = sa.bindparam("ids", type_=Registration.__table__.c.id.type, expanding=True)  # type: ignore[attr-defined]


def theirs(model: type[Any], column: Any) -> tuple[Any, Any]:
    return scope(model), col(column).in_(MEMBERS)


_REGISTRATIONS = theirs(Registration, Registration.member_id)
EVENTS = constant(
    sa.select(col(Registration.event_id))
    .distinct()
    .where(*_REGISTRATIONS)
    .order_by(col(Registration.event_id))
    .limit(EVENTS_AT_ONCE)
)
REGISTRATIONS = constant(
    sa.select(*BRIEFLY)
    .where(*_REGISTRATIONS, col(Registration.event_id) == sa.bindparam("event_id"))
    .order_by(col(Registration.seq))
)
SERIES = constant(
    sa.select(col(SeriesRegistration.id))
    .where(
        *theirs(SeriesRegistration, SeriesRegistration.member_id),
        col(SeriesRegistration.cancelled_at).is_not(None),
    )
    .order_by(col(SeriesRegistration.id))
    .limit(AT_ONCE)
)
UNTIE = constant(
    update(Registration)
    .where(scope(Registration), col(Registration.series_registration_id).in_(IDS))
    .values(series_registration_id=None)
)
FORGET_SERIES = constant(
    delete(SeriesRegistration).where(scope(SeriesRegistration), col(SeriesRegistration.id).in_(IDS))
)


def _gone(model: type[Any], column: Any) -> tuple[str, Any]:
    return model.__tablename__, constant(delete(model).where(*theirs(model, column)))


FORGET = (
    _gone(Departure, Departure.member_id),
    _gone(Standing, Standing.member_id),
    _gone(EventBan, EventBan.member_id),
    _gone(GroupMembership, GroupMembership.member_id),
    _gone(Entitlement, Entitlement.member_id),
    _gone(Organiser, Organiser.member_id),
    _gone(CalendarFeed, CalendarFeed.member_id),
    (
        "event",
        constant(update(Event).where(*theirs(Event, Event.created_by)).values(created_by=None)),
    ),
)
"""Rows that only speak of the person go."""
RECORDERS: Any = sa.bindparam("recorders", type_=sa.String(), expanding=True)
FORGET_RECORDER = constant(
    update(Evaluation)
    .where(scope(Evaluation), col(Evaluation.recorded_by).in_(RECORDERS))
    .values(recorded_by="erased")
)


def recorders_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """How these members are named where they recorded something."""
    return {"recorders": [f"member:{each}" for each in given["members"]]}

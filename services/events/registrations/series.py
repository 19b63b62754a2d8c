"""Registrations for whole series: one for each occurrence, made now or when the occurrence is."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.audience.admit import require_admitted
from services.events.models import Event, Registration, Series, SeriesRegistration
from services.events.registrations.enter import (
    Place,
    RegistrationClosed,
    enter,
    entering,
    takes_series,
)
from services.events.registrations.register import AlreadyRegistered, require_new
from services.events.registrations.rules import RegistrationSource, RegistrationState
from services.events.series.rules import RsvpScope
from shared.contracts.events import SeriesRegistrationMade
from shared.ids import uuid7
from shared.problems import Conflict, Forbidden, Problem, Unprocessable
from shared.route import View
from shared.store import Tx, constant, scope


class Outcome(NamedTuple):
    """What became of one occurrence: a registration, or why there is none."""

    event: Event
    registration: Registration | None
    refusal: Problem | None


class OccurrenceView(View):
    """What became of one occurrence: `state` of the registration, or the type of the problem as `refused`."""

    event_id: UUID
    recurrence_id: str | None
    starts_at: AwareDatetime
    registration_id: UUID | None
    state: RegistrationState | None
    refused: str | None


async def stand(
    tx: Tx, series: Series, member_id: UUID, party_size: int, reach: RsvpScope, from_local: str
) -> UUID:
    """Have a member come to occurrences that are made later, too; the caller holds the series."""
    known = await tx.first(STANDING_OF, {"series_id": series.id, "member_id": member_id})
    if known is not None:
        raise AlreadyRegistered(registration_id=str(known.id))
    standing = SeriesRegistration(
        community_id=series.community_id,
        series_id=series.id,
        member_id=member_id,
        party_size=party_size,
        scope=reach,
        from_local=from_local,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(standing)
    tx.publish(
        SeriesRegistrationMade(
            community_id=series.community_id,
            series_registration_id=standing.id,
            series_id=series.id,
            member_id=member_id,
        )
    )
    return standing.id


async def register_standing(tx: Tx, series: Series, event: Event) -> Event:
    """Register for a new occurrence all who come to the whole series; the event as it is then.

    The caller holds the series and has made the event. Whoever may not come to it is left out, as are
    those for whom there is neither a seat nor a place on the waiting list; first come, first served."""
    given = {"series_id": series.id, "local": event.recurrence_id or event.starts_local}
    for each in await tx.all(STANDING_FOR, given):
        event = (await try_to_enter(tx, event, each.member_id, each.party_size, each.id)).event
    return event


async def try_to_enter(
    tx: Tx, event: Event, member_id: UUID, party_size: int, series_registration_id: UUID | None
) -> Outcome:
    """Register a member for one occurrence the caller holds, or say why not; refused, it leaves no trace."""
    place = Place(uuid7(), member_id, party_size, RegistrationSource.SERIES, series_registration_id)
    try:
        if not takes_series(event, tx.now):
            raise RegistrationClosed(state=event.state.value)
        await require_admitted(tx, event, member_id)
        await require_new(tx, event, member_id)
        entering(event, place)
    except (Conflict, Forbidden, Unprocessable) as refusal:
        return Outcome(event, None, refusal)
    event, registration = await enter(tx, event, place)
    return Outcome(event, registration, None)


async def register_for_all(
    tx: Tx, events: Sequence[Event], member_id: UUID, party_size: int, series_registration_id: UUID | None
) -> list[Outcome]:
    """Register a member for these occurrences, which the caller holds."""
    return [await try_to_enter(tx, event, member_id, party_size, series_registration_id) for event in events]


def shown(found: Outcome) -> OccurrenceView:
    """The outcome as the caller sees it."""
    event, registration, refusal = found
    return OccurrenceView(
        event_id=event.id,
        recurrence_id=event.recurrence_id,
        starts_at=event.starts_at,
        registration_id=registration.id if registration else None,
        state=registration.state if registration else None,
        refused=refusal.type.removeprefix("/problems/") if refusal else None,
    )


_COMING: Any = (
    select(Event)
    .where(
        scope(Event),
        col(Event.series_id) == sa.bindparam("series_id"),
        col(Event.starts_at) > sa.bindparam("now", type_=Event.__table__.c.starts_at.type),  # type: ignore[attr-defined]
    )
    .order_by(col(Event.id))
    .limit(sa.bindparam("rows", type_=sa.Integer()))
    .with_for_update(key_share=True)
)
HOLD_FROM = constant(_COMING.where(col(Event.recurrence_id) >= sa.bindparam("local")))
HOLD_ONE = constant(_COMING.where(col(Event.recurrence_id) == sa.bindparam("local")))
"""Occurrences to come, nobody else's to change until commit, in the order of their ids."""
STANDING_FOR = constant(
    select(SeriesRegistration)
    .where(
        scope(SeriesRegistration),
        col(SeriesRegistration.series_id) == sa.bindparam("series_id"),
        col(SeriesRegistration.cancelled_at).is_(None),
        col(SeriesRegistration.from_local) <= sa.bindparam("local"),
    )
    .order_by(col(SeriesRegistration.created_at), col(SeriesRegistration.id))
)
STANDING_OF = constant(
    select(SeriesRegistration).where(
        scope(SeriesRegistration),
        col(SeriesRegistration.series_id) == sa.bindparam("series_id"),
        col(SeriesRegistration.member_id) == sa.bindparam("member_id"),
        col(SeriesRegistration.cancelled_at).is_(None),
    )
)

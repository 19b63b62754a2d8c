"""Who came: GET /events/{id}/attendance -> what is known of it in seats, and everybody who was seen."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.checkins.rules import COUNTED, CheckInKind
from services.events.events.access import visible_event
from services.events.models import CheckIn, Registration
from services.events.registrations.rules import CAME, RegistrationState
from services.events.registrations.settle import counted
from services.events.registrations.view import GuestView, shown
from shared.identity import Actor
from shared.route import Cursor, Limit, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["check-ins"])


class CountsView(View):
    """Seats, all but the offers: `confirmed` as of the start, and walk-ins; `no_show` when it is settled."""

    capacity: int | None
    confirmed: int
    checked_in: int
    no_show: int
    late_cancelled: int
    offers: int
    offers_accepted: int
    settled_at: AwareDatetime | None


class AttendeeView(View):
    """Somebody who came; `entered_at` and `left_at` by the devices' time, the first and the last."""

    registration_id: UUID
    member_id: UUID | None
    guest: GuestView | None
    party_size: int
    state: RegistrationState
    entered_at: AwareDatetime | None
    left_at: AwareDatetime | None


class AttendanceView(View):
    counts: CountsView
    items: list[AttendeeView]
    next_cursor: str | None


async def attendance(tx: Tx, actor: Actor, event_id: UUID, limit: int, cursor: str | None) -> AttendanceView:
    """The attendance as it is known now, those who came in the order they had registered."""
    event = await visible_event(tx, actor, event_id)
    page = await tx.page(WHO_CAME, {"event_id": event_id}, by=(Registration.seq,), limit=limit, cursor=cursor)
    rows = await shown(tx, page.items)
    times = await _times(tx, [row.id for row in rows])
    known = (await counted(tx, event)).model_dump(include=set(CountsView.model_fields))
    return AttendanceView(
        counts=CountsView(**known, settled_at=event.settled_at),
        items=[
            AttendeeView(
                registration_id=row.id,
                member_id=row.member_id,
                guest=row.guest,
                party_size=row.party_size,
                state=row.state,
                entered_at=times.get((row.id, CheckInKind.ENTRY), row.checked_in_at),
                left_at=row.checked_out_at and times.get((row.id, CheckInKind.EXIT), row.checked_out_at),
            )
            for row in rows
        ],
        next_cursor=page.next_cursor,
    )


async def _times(tx: Tx, ids: list[UUID]) -> dict[tuple[UUID, CheckInKind], Any]:
    """The first entry and the last exit of each."""
    if not ids:
        return {}
    found = await tx.all(TIMES, {"ids": ids})
    return {
        (row.registration_id, row.kind): row.first if row.kind is CheckInKind.ENTRY else row.last
        for row in found
    }


WHO_CAME = constant(
    select(Registration).where(
        scope(Registration),
        col(Registration.event_id) == sa.bindparam("event_id"),
        col(Registration.state).in_(CAME),
    )
)
TIMES = constant(
    sa.select(
        col(CheckIn.registration_id),
        col(CheckIn.kind),
        sa.func.min(col(CheckIn.at)).label("first"),
        sa.func.max(col(CheckIn.at)).label("last"),
    )
    .where(
        scope(CheckIn),
        col(CheckIn.registration_id).in_(
            sa.bindparam("ids", type_=CheckIn.__table__.c.registration_id.type, expanding=True)  # type: ignore[attr-defined]
        ),
        col(CheckIn.outcome).in_(COUNTED),
    )
    .group_by(col(CheckIn.registration_id), col(CheckIn.kind))
)


@router.get("/v1/communities/{community_id}/events/{event_id}/attendance", allows="attendance.read")
async def get_attendance(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    event_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> AttendanceView:
    return await read(attendance, event_id, limit, cursor)

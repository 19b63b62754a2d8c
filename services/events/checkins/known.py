"""What is known of those a batch of check-ins is about: their registrations, and what was seen of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.events.checkins.rules import COUNTED
from services.events.models import REGISTRATION_COUNTS, CheckIn, Event, Registration
from shared.store import Tx, constant, scope


async def known_of(tx: Tx, event: Event, ids: Sequence[UUID], members: Sequence[UUID]) -> list[Any]:
    """These registrations for the event, and those of these members."""
    found = await tx.all(BY_ID, {"event_id": event.id, "ids": ids}) if ids else []
    if members:
        found += await tx.all(BY_MEMBER, {"event_id": event.id, "member_ids": members})
        gone = list(set(members) - {row.member_id for row in found})
        found += await tx.all(ONCE, {"event_id": event.id, "member_ids": gone}) if gone else []
    return list({row.id: row for row in found}.values())


_ID = Registration.__table__.c.id.type  # type: ignore[attr-defined]
_IDS = sa.bindparam("ids", type_=_ID, expanding=True)
_MEMBERS = sa.bindparam("member_ids", type_=_ID, expanding=True)
_MOMENTS = sa.bindparam("moments", type_=CheckIn.__table__.c.at.type, expanding=True)  # type: ignore[attr-defined]
_ABOUT = sa.select(
    *(
        col(getattr(Registration, name))
        for name in ("id", "member_id", "state", "active", "seq", "checked_in_at", "checked_out_at")
    )
).where(scope(Registration), col(Registration.event_id) == sa.bindparam("event_id"))
BY_ID = constant(_ABOUT.where(col(Registration.id).in_(_IDS)))
BY_MEMBER = constant(_ABOUT.where(REGISTRATION_COUNTS, col(Registration.member_id).in_(_MEMBERS)))
ONCE = constant(_ABOUT.where(col(Registration.member_id).in_(_MEMBERS)))
"""Also those that count no more, looked for when there is none that does."""
KNOWN = constant(
    sa.select(col(CheckIn.device_id), col(CheckIn.nonce)).where(
        scope(CheckIn),
        col(CheckIn.event_id) == sa.bindparam("event_id"),
        col(CheckIn.device_id).in_(sa.bindparam("devices", expanding=True)),
        col(CheckIn.nonce).in_(sa.bindparam("nonces", expanding=True)),
    )
)
_COUNTED = (scope(CheckIn), col(CheckIn.registration_id).in_(_IDS), col(CheckIn.outcome).in_(COUNTED))
LATEST = constant(
    sa.select(col(CheckIn.registration_id), sa.func.max(col(CheckIn.at)).label("at"))
    .where(*_COUNTED)
    .group_by(col(CheckIn.registration_id))
)
THEN = constant(
    sa.select(col(CheckIn.registration_id), col(CheckIn.at), col(CheckIn.kind)).where(
        *_COUNTED, col(CheckIn.at).in_(_MOMENTS)
    )
)

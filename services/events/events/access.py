"""Who may do what with an event or a series: whoever runs events here, and the organisers of this one."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import THE_EVENT, Event, Organiser, Series
from shared.identity import Actor
from shared.problems import Forbidden, NotFound
from shared.store import Tx, constant, scope


def is_manager(actor: Actor, organisers: Sequence[UUID]) -> bool:
    """Whether the caller runs events here, or is one of the organisers."""
    return actor.may("event.manage", "events") or (
        actor.member_id is not None and actor.member_id in organisers
    )


async def manages(tx: Tx, actor: Actor, of: Event | Series) -> bool:
    """Whether the caller runs events here, or organises this one."""
    if actor.may("event.manage", "events"):
        return True
    if actor.member_id is None:
        return False
    given = {"of_id": of.id, "member_id": actor.member_id}
    return await tx.first(IS_ORGANISER, given) is not None


async def require_manager(tx: Tx, actor: Actor, of: Event | Series) -> None:
    """Raise unless the caller manages it: `NotFound` where they may not know of it."""
    if not await manages(tx, actor, of):
        raise Forbidden if of.announced else NotFound


async def visible_event(tx: Tx, actor: Actor, event_id: UUID) -> Event:
    """The event; a draft is missing for everybody who does not manage it."""
    event = await tx.one(THE_EVENT, {"event_id": event_id})
    if not event.announced and not await manages(tx, actor, event):
        raise NotFound
    return event


IS_ORGANISER = constant(
    select(Organiser).where(
        scope(Organiser),
        col(Organiser.of_id) == sa.bindparam("of_id"),
        col(Organiser.member_id) == sa.bindparam("member_id"),
    )
)

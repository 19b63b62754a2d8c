"""Find and read registrations: GET /events/{id}/registrations -> their own, all for organisers."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.access import manages, visible_event
from services.events.models import Registration
from services.events.registrations.access import known
from services.events.registrations.rules import RegistrationState
from services.events.registrations.view import RegistrationView, shown, shown_one
from shared.identity import Actor
from shared.problems import Forbidden
from shared.route import Cursor, Limit, Page, Read, Router
from shared.store import Tx, constant, scope

router = Router(tags=["registrations"])


async def registrations_of(
    tx: Tx, actor: Actor, event_id: UUID, state: RegistrationState | None, limit: int, cursor: str | None
) -> Page[RegistrationView]:
    """The registrations of an event in the order of `seq`; whoever does not organise it finds their own."""
    event = await visible_event(tx, actor, event_id)
    statement = OF_EVENT
    if not await manages(tx, actor, event):
        if actor.member_id is None:
            raise Forbidden
        statement = statement.where(col(Registration.member_id) == actor.member_id)
    if state is not None:
        statement = statement.where(col(Registration.state) == state)
    page = await tx.page(
        statement, {"event_id": event_id}, by=(Registration.seq,), limit=limit, cursor=cursor
    )
    return Page(items=await shown(tx, page.items), next_cursor=page.next_cursor)


async def my_registrations(
    tx: Tx, actor: Actor, state: RegistrationState | None, limit: int, cursor: str | None
) -> Page[RegistrationView]:
    """The caller's registrations for all events, the newest first."""
    if actor.member_id is None:
        return Page(items=[], next_cursor=None)
    statement = OF_MEMBER if state is None else OF_MEMBER.where(col(Registration.state) == state)
    by = (Registration.created_at, Registration.id)
    given: dict[str, Any] = {"member_id": actor.member_id}
    page = await tx.page(statement, given, by=by, limit=limit, cursor=cursor, descending=True)
    return Page(items=await shown(tx, page.items), next_cursor=page.next_cursor)


async def registration_of(tx: Tx, actor: Actor, event_id: UUID, registration_id: UUID) -> RegistrationView:
    """The registration."""
    return await shown_one(tx, await known(tx, actor, event_id, registration_id))


OF_EVENT = constant(
    select(Registration).where(scope(Registration), col(Registration.event_id) == sa.bindparam("event_id"))
)
OF_MEMBER = constant(
    select(Registration).where(scope(Registration), col(Registration.member_id) == sa.bindparam("member_id"))
)


@router.get("/v1/communities/{community_id}/events/{event_id}/registrations", allows="event.register")
async def get_registrations(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    event_id: UUID,
    read: Read,
    state: RegistrationState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[RegistrationView]:
    return await read(registrations_of, event_id, state, limit, cursor)


@router.get("/v1/communities/{community_id}/registrations/mine", allows="event.register")
async def get_my_registrations(
    community_id: UUID,  # noqa: ARG001 - as above
    read: Read,
    state: RegistrationState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[RegistrationView]:
    return await read(my_registrations, state, limit, cursor)


@router.get(
    "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}",
    allows="event.register",
)
async def get_registration(
    community_id: UUID,  # noqa: ARG001 - as above
    event_id: UUID,
    registration_id: UUID,
    read: Read,
) -> RegistrationView:
    return await read(registration_of, event_id, registration_id)

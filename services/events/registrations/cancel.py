"""Cancel a registration: POST cancel -> RegistrationCancelled, its seats offered on in the same write."""

from uuid import UUID

from services.events.events.rules import EventState
from services.events.models import Event, Registration
from services.events.registrations import rules
from services.events.registrations.access import held, require_verb
from services.events.registrations.follow import given_up
from services.events.registrations.inputs import Reason
from services.events.registrations.rules import OfferState, RegistrationState, RegistrationVerb, SeatStep
from services.events.registrations.seats import fill, log_step
from services.events.registrations.steps import close_offers, take
from services.events.registrations.view import RegistrationView, shown_one
from shared.contracts.events import RegistrationCancelled
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["registrations"])


class Cancel(Command):
    """Why they do not come."""

    reason: Reason | None = None


async def cancel(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID, command: Cancel | None
) -> RegistrationView:
    """Cancel one's own registration, or as an organiser somebody else's."""
    found = await held(tx, actor, event_id, registration_id)
    require_verb(found, RegistrationVerb.CANCEL)
    _, after = await let_go(tx, found.event, found.registration, command.reason if command else None)
    if not found.own:
        tx.audit("registration.cancel", registration_id)
    return await shown_one(tx, after)


async def let_go(
    tx: Tx, event: Event, registration: Registration, reason: str | None
) -> tuple[Event, Registration]:
    """Cancel a registration of an event the caller holds, and offer its seats to those who wait."""
    counts = registration.state is RegistrationState.CONFIRMED and event.state is not EventState.POSTPONED
    begun = event.state is EventState.LIVE
    late = counts and (begun or rules.is_late(tx.now, event.starts_at, event.cancel_cutoff_minutes))
    after = await take(
        tx,
        registration,
        RegistrationState.CANCELLED,
        RegistrationCancelled,
        telling={"late": late},
        late=late,
        reason=reason,
        cancelled_at=tx.now,
    )
    if registration.state is RegistrationState.OFFERED:
        await close_offers(tx, [registration.id], OfferState.WITHDRAWN)
    event = await log_step(tx, event, given_up(SeatStep.CANCELLED, registration))
    return await fill(tx, event), after


@router.post(
    "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}/cancel",
    allows="event.register",
)
async def post_registration_cancel(
    community_id: UUID,
    event_id: UUID,
    registration_id: UUID,
    write: Write,
    command: Cancel | None = None,
) -> RegistrationView:
    return await write(cancel, community_id, event_id, registration_id, command)

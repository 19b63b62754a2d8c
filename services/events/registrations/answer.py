"""Answer an offer or a new time: POST accept-offer, decline-offer, confirm-new-time -> a fact for each."""

from uuid import UUID

from services.events.models import Offer
from services.events.registrations.access import Held, held, require_verb
from services.events.registrations.follow import given_up
from services.events.registrations.rules import OfferState, RegistrationState, RegistrationVerb, SeatStep
from services.events.registrations.seats import fill, log_step
from services.events.registrations.steps import close_offers, move, open_offer, take
from services.events.registrations.view import RegistrationView, shown_one
from shared.contracts.events import RegistrationConfirmed, RegistrationOfferDeclined
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["registrations"])

Path = "/v1/communities/{community_id}/events/{event_id}/registrations/{registration_id}"


class OfferExpired(Conflict):
    """The seat is held no longer; they wait again, at the end, as soon as the clock has seen to it."""

    title = "The offer has expired"


async def accept(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID
) -> RegistrationView:
    """Take the seat that is held."""
    found = await _offered(tx, actor, event_id, registration_id, RegistrationVerb.ACCEPT_OFFER)
    await close_offers(tx, [registration_id], OfferState.ACCEPTED)
    after = await take(
        tx, found.registration, RegistrationState.CONFIRMED, RegistrationConfirmed, confirmed_at=tx.now
    )
    await log_step(tx, found.event, move(SeatStep.ACCEPTED, after))
    if not found.own:
        tx.audit("registration.accept_offer", registration_id)
    return await shown_one(tx, after)


async def decline(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID
) -> RegistrationView:
    """Leave the seat to whoever is next."""
    found = await _offered(tx, actor, event_id, registration_id, RegistrationVerb.DECLINE_OFFER)
    await close_offers(tx, [registration_id], OfferState.DECLINED)
    after = await take(tx, found.registration, RegistrationState.DECLINED, RegistrationOfferDeclined)
    event = await log_step(tx, found.event, given_up(SeatStep.DECLINED, found.registration))
    await fill(tx, event)
    if not found.own:
        tx.audit("registration.decline_offer", registration_id)
    return await shown_one(tx, after)


async def _offered(
    tx: Tx, actor: Actor, event_id: UUID, registration_id: UUID, verb: RegistrationVerb
) -> Held:
    """The registration, while its offer stands."""
    found = await held(tx, actor, event_id, registration_id)
    require_verb(found, verb)
    offer: Offer = await open_offer(tx, registration_id)
    if offer.expires_at <= tx.now:
        raise OfferExpired(expires_at=offer.expires_at)
    return found


async def confirm_new_time(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, registration_id: UUID
) -> RegistrationView:
    """Say that one comes at the new time, too."""
    found = await held(tx, actor, event_id, registration_id)
    require_verb(found, RegistrationVerb.CONFIRM_NEW_TIME)
    after = await take(
        tx, found.registration, RegistrationState.CONFIRMED, RegistrationConfirmed, reconfirm=False
    )
    if not found.own:
        tx.audit("registration.confirm_new_time", registration_id)
    return await shown_one(tx, after)


@router.post(f"{Path}/accept-offer", allows="event.register")
async def post_offer_acceptance(
    community_id: UUID, event_id: UUID, registration_id: UUID, write: Write
) -> RegistrationView:
    return await write(accept, community_id, event_id, registration_id)


@router.post(f"{Path}/decline-offer", allows="event.register")
async def post_offer_refusal(
    community_id: UUID, event_id: UUID, registration_id: UUID, write: Write
) -> RegistrationView:
    return await write(decline, community_id, event_id, registration_id)


@router.post(f"{Path}/confirm-new-time", allows="event.register")
async def post_new_time_confirmation(
    community_id: UUID, event_id: UUID, registration_id: UUID, write: Write
) -> RegistrationView:
    return await write(confirm_new_time, community_id, event_id, registration_id)

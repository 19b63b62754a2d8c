"""Answer an invitation: POST /speaker-invitations/{id}/{verb} -> rules.verbs -> the fact of that verb."""

from typing import Any
from uuid import UUID

from services.events.events.rules import OVER, EventState
from services.events.models import HOLD_EVENT, THE_INVITATION, THE_SPEAKER, Event, SpeakerInvitation
from services.events.speakers import rules
from services.events.speakers.invitations import InvitationView, is_invited, organises, shown
from services.events.speakers.invite import NothingToSpeakAt, require_deadline
from services.events.speakers.rules import InvitationState, InvitationVerb
from services.events.speakers.steps import become
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition, NotFound
from shared.route import Router, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["speakers"])

Path = "/v1/communities/{community_id}/events/{event_id}/speaker-invitations/{invitation_id}"
ANSWERS = frozenset({InvitationVerb.ACCEPT, InvitationVerb.DECLINE})
"""What the invited may say themselves."""
BEGUN = frozenset({EventState.LIVE, EventState.COMPLETED, EventState.EVALUATED, EventState.ARCHIVED})


class NotBegunYet(Conflict):
    """Nobody has spoken before the event began."""

    title = "The event has not begun"


async def run(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, invitation_id: UUID, verb: InvitationVerb
) -> InvitationView:
    """Take an invitation through `verb`; one whose time is over has expired, written down or not."""
    event = await tx.one(HOLD_EVENT, {"event_id": event_id})
    runs = await organises(tx, actor, event)
    held = await tx.lock(SpeakerInvitation, invitation_id, facts=0)
    before = await tx.one(THE_INVITATION, {"event_id": event_id, "invitation_id": held.id})
    speaker = await tx.one(THE_SPEAKER, {"speaker_id": before.speaker_id})
    themselves = is_invited(actor, speaker.member_id) and before.state is not InvitationState.DRAFTED
    if not runs and not (themselves and verb in ANSWERS):
        raise NotFound
    state = rules.standing(before.state, before.deadline, tx.now)
    allowed = rules.verbs(state)
    if verb not in allowed:
        raise InvalidTransition(state=state.value, allowed=[other.value for other in allowed])
    _require_event(event, before, verb, tx)
    await refuse_erased(tx, speaker.member_id)
    answered: dict[str, Any] = {"answered_at": tx.now} if verb in ANSWERS else {}
    after = await become(tx, before, speaker, rules.after(verb), **answered)
    if runs and not themselves:
        tx.audit(f"speaker_invitation.{verb.value}", invitation_id)
    (view,) = await shown(tx, actor, [after], organises=runs)
    return view


def _require_event(event: Event, invitation: SpeakerInvitation, verb: InvitationVerb, tx: Tx) -> None:
    """Raise where the event makes no sense of it."""
    if verb is InvitationVerb.SEND:
        require_deadline(event, invitation.deadline, tx.now)
    elif verb is InvitationVerb.DELIVER and event.state not in BEGUN:
        raise NotBegunYet(state=event.state.value)
    elif verb in (InvitationVerb.ACCEPT, InvitationVerb.CONFIRM) and event.state in OVER:
        raise NothingToSpeakAt(state=event.state.value)


@router.post(f"{Path}/send", allows="speaker.manage")
async def post_speaker_invitation_send(
    community_id: UUID, event_id: UUID, invitation_id: UUID, write: Write
) -> InvitationView:
    return await write(run, community_id, event_id, invitation_id, InvitationVerb.SEND)


@router.post(f"{Path}/accept", allows="speaker.answer")
async def post_speaker_invitation_accept(
    community_id: UUID, event_id: UUID, invitation_id: UUID, write: Write
) -> InvitationView:
    return await write(run, community_id, event_id, invitation_id, InvitationVerb.ACCEPT)


@router.post(f"{Path}/decline", allows="speaker.answer")
async def post_speaker_invitation_decline(
    community_id: UUID, event_id: UUID, invitation_id: UUID, write: Write
) -> InvitationView:
    return await write(run, community_id, event_id, invitation_id, InvitationVerb.DECLINE)


@router.post(f"{Path}/confirm", allows="speaker.manage")
async def post_speaker_invitation_confirm(
    community_id: UUID, event_id: UUID, invitation_id: UUID, write: Write
) -> InvitationView:
    return await write(run, community_id, event_id, invitation_id, InvitationVerb.CONFIRM)


@router.post(f"{Path}/deliver", allows="speaker.manage")
async def post_speaker_invitation_deliver(
    community_id: UUID, event_id: UUID, invitation_id: UUID, write: Write
) -> InvitationView:
    return await write(run, community_id, event_id, invitation_id, InvitationVerb.DELIVER)


@router.post(f"{Path}/withdraw", allows="speaker.manage")
async def post_speaker_invitation_withdraw(
    community_id: UUID, event_id: UUID, invitation_id: UUID, write: Write
) -> InvitationView:
    return await write(run, community_id, event_id, invitation_id, InvitationVerb.WITHDRAW)

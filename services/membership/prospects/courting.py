"""Court a prospect: POST /prospects/{id}/contact, mark-interested -> consent -> kept on, counted."""

from typing import Any
from uuid import UUID

from services.membership.communities.demand import settle
from services.membership.communities.interest import PolicyVersion, remember
from services.membership.models import HOLD_COMMUNITY, Prospect
from services.membership.prospects import rules
from services.membership.prospects.agree import require_contact_consent
from services.membership.prospects.find import ProspectView, prospect_of
from services.membership.prospects.rules import ProspectVerb
from shared.contracts.membership import ProspectContacted, ProspectInterested
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["prospects"])


class MarkInterested(Command):
    """They want the community, and agreed to be counted under this version of the policy."""

    policy_version: PolicyVersion


async def take(tx: Tx, prospect_id: UUID, verb: ProspectVerb, **changes: Any) -> Prospect:
    """Take a prospect through `verb`; `InvalidTransition` names what is possible instead."""
    before = await tx.lock(Prospect, prospect_id)
    if not rules.may(verb, before.state):
        allowed = [other.value for other in rules.prospect_verbs(before.state)]
        raise InvalidTransition(state=before.state.value, allowed=allowed)
    state = rules.prospect_after(verb, before.state)
    return await tx.update(Prospect, prospect_id, state=state, **changes)


async def contact(tx: Tx, actor: Actor, community_id: UUID, prospect_id: UUID) -> ProspectView:
    """Record that somebody spoke to them, which takes their consent and keeps them for another 18 months."""
    kept_until = rules.forgotten_at(tx.now)
    await take(tx, prospect_id, ProspectVerb.CONTACT, contacted_at=tx.now, forgotten_at=kept_until)
    await require_contact_consent(tx, prospect_id)
    tx.publish(ProspectContacted(community_id=community_id, prospect_id=prospect_id))
    tx.audit("prospect.contact", prospect_id)
    return await prospect_of(tx, actor, prospect_id)


async def mark_interested(
    tx: Tx, actor: Actor, community_id: UUID, prospect_id: UUID, command: MarkInterested
) -> ProspectView:
    """Record that they want the community; from now on they count as demand."""
    await tx.one(HOLD_COMMUNITY)
    await take(tx, prospect_id, ProspectVerb.MARK_INTERESTED)
    tx.publish(ProspectInterested(community_id=community_id, prospect_id=prospect_id))
    await settle(tx, community_id)
    await remember(tx, community_id, prospect_id, command.policy_version)
    await settle(tx, community_id)
    tx.audit("prospect.mark_interested", prospect_id)
    return await prospect_of(tx, actor, prospect_id)


@router.post("/v1/communities/{community_id}/prospects/{prospect_id}/contact", allows="prospect.manage")
async def post_prospect_contact(community_id: UUID, prospect_id: UUID, write: Write) -> ProspectView:
    return await write(contact, community_id, prospect_id)


@router.post(
    "/v1/communities/{community_id}/prospects/{prospect_id}/mark-interested", allows="prospect.manage"
)
async def post_prospect_mark_interested(
    community_id: UUID, prospect_id: UUID, command: MarkInterested, write: Write
) -> ProspectView:
    return await write(mark_interested, community_id, prospect_id, command)

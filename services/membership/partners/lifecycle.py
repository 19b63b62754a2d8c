"""Run a partnership: POST /partners/{id}/{verb} -> rules.partner_verbs -> the fact of that verb."""

from uuid import UUID

from services.membership.models import Partner
from services.membership.partners import rules
from services.membership.partners.describe import changed
from services.membership.partners.find import PartnerView, partner_of
from services.membership.partners.rules import PartnerState, PartnerVerb
from shared.contracts.membership import PartnerActivated, PartnerEnded
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["partners"])


async def run(tx: Tx, actor: Actor, community_id: UUID, partner_id: UUID, verb: PartnerVerb) -> PartnerView:
    """Take the partnership through `verb`; `InvalidTransition` names what is possible instead."""
    before = await tx.lock(Partner, partner_id)
    allowed = rules.partner_verbs(before.state)
    if verb not in allowed:
        raise InvalidTransition(state=before.state.value, allowed=[other.value for other in allowed])
    state = rules.partner_after(verb)
    partner = await tx.update(Partner, partner_id, state=state)
    if state is PartnerState.ACTIVE:
        tx.publish(PartnerActivated(community_id=community_id, partner_id=partner_id))
    elif state is PartnerState.ENDED:
        tx.publish(PartnerEnded(community_id=community_id, partner_id=partner_id))
    else:
        tx.publish(changed(partner))
    tx.audit(f"partner.{verb.value}", partner_id)
    return await partner_of(tx, actor, partner_id)


@router.post("/v1/communities/{community_id}/partners/{partner_id}/approach", allows="partner.manage")
async def post_partner_approach(community_id: UUID, partner_id: UUID, write: Write) -> PartnerView:
    return await write(run, community_id, partner_id, PartnerVerb.APPROACH)


@router.post("/v1/communities/{community_id}/partners/{partner_id}/open-dialogue", allows="partner.manage")
async def post_partner_open_dialogue(community_id: UUID, partner_id: UUID, write: Write) -> PartnerView:
    return await write(run, community_id, partner_id, PartnerVerb.OPEN_DIALOGUE)


@router.post("/v1/communities/{community_id}/partners/{partner_id}/activate", allows="partner.manage")
async def post_partner_activate(community_id: UUID, partner_id: UUID, write: Write) -> PartnerView:
    return await write(run, community_id, partner_id, PartnerVerb.ACTIVATE)


@router.post("/v1/communities/{community_id}/partners/{partner_id}/rest", allows="partner.manage")
async def post_partner_rest(community_id: UUID, partner_id: UUID, write: Write) -> PartnerView:
    return await write(run, community_id, partner_id, PartnerVerb.REST)


@router.post("/v1/communities/{community_id}/partners/{partner_id}/end", allows="partner.manage")
async def post_partner_end(community_id: UUID, partner_id: UUID, write: Write) -> PartnerView:
    return await write(run, community_id, partner_id, PartnerVerb.END)


@router.post("/v1/communities/{community_id}/partners/{partner_id}/decline", allows="partner.manage")
async def post_partner_decline(community_id: UUID, partner_id: UUID, write: Write) -> PartnerView:
    return await write(run, community_id, partner_id, PartnerVerb.DECLINE)

"""What a prospect answered: a survey's response is attached to them, and may make them interested."""

from services.membership.models import Prospect
from services.membership.prospects import rules
from services.membership.prospects.find import THE_PROSPECT
from services.membership.prospects.rules import ProspectState, ProspectVerb
from shared.contracts.announced import SurveyResponseSubmitted
from shared.contracts.membership import ProspectChanged, ProspectInterested
from shared.store import Tx

ANSWERS_KEPT = 50


async def answered(tx: Tx, fact: SurveyResponseSubmitted) -> bool:
    """Whether the prospect is still to be counted; who withdrew or was forgotten is left alone.

    The caller holds the community, without which nobody withdraws or is forgotten.
    """
    known = await tx.first(THE_PROSPECT, {"prospect_id": fact.prospect_id})
    if known is None or known.state not in (*rules.LIVING, ProspectState.JOINED):
        return False
    before = await tx.lock(Prospect, known.id)
    agrees = bool(fact.wants) and fact.policy_version is not None
    becomes_interested = agrees and rules.may(ProspectVerb.MARK_INTERESTED, before.state)
    refs = [*before.need_refs, str(fact.response_id)][-ANSWERS_KEPT:]
    state = ProspectState.INTERESTED if becomes_interested else before.state
    await tx.update(Prospect, before.id, need_refs=refs, state=state)
    told = ProspectInterested if becomes_interested else ProspectChanged
    tx.publish(told(community_id=fact.community_id, prospect_id=before.id))
    return True

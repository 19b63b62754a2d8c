"""Surveys of needs: SurveyResponseSubmitted -> who wants the community is counted, with consent -> demand."""

from uuid import UUID

from services.membership.communities.demand import settle
from services.membership.communities.interest import remember
from services.membership.communities.rules import InterestSource
from services.membership.models import HOLD_COMMUNITY, THE_MEMBER
from services.membership.prospects.answer import answered
from shared.consumers import Consumers
from shared.contracts.announced import SurveyResponseSubmitted
from shared.store import Tx
from shared.tombstones import erased

consumers = Consumers()


@consumers.on(SurveyResponseSubmitted)
async def count(tx: Tx, fact: SurveyResponseSubmitted) -> None:
    """Attach the answer to its prospect, and count who wants the community and agreed to be counted.

    Somebody we do not know, or no longer know, is passed over.
    """
    if await tx.first(HOLD_COMMUNITY) is None:
        return
    await settle(tx, fact.community_id)
    party = await _party(tx, fact)
    if party is not None and fact.wants and fact.policy_version is not None:
        await remember(
            tx,
            fact.community_id,
            party,
            fact.policy_version[:40],
            source=InterestSource.SURVEY,
            given_at=fact.occurred_at,
        )
    await settle(tx, fact.community_id)


async def _party(tx: Tx, fact: SurveyResponseSubmitted) -> UUID | None:
    """Whose answer it is, as far as they are still somebody here."""
    if fact.prospect_id is not None:
        return fact.prospect_id if await answered(tx, fact) else None
    if fact.member_id is None or await erased(tx, fact.member_id):
        return None
    known = await tx.first(THE_MEMBER, {"member_id": fact.member_id})
    return known.id if known is not None else None

"""What becomes of a proposition, written down with the fact that tells of it."""

from typing import Any

from services.membership.models import Proposition
from services.membership.partners import rules
from services.membership.partners.rules import PropositionState
from shared.contracts.membership import (
    PropositionAccepted,
    PropositionCountered,
    PropositionDeclined,
    PropositionExpired,
    PropositionOffered,
    PropositionWithdrawn,
)
from shared.store import Tx

PropositionFact = (
    PropositionAccepted
    | PropositionCountered
    | PropositionDeclined
    | PropositionExpired
    | PropositionOffered
    | PropositionWithdrawn
)
FACTS: dict[PropositionState, type[PropositionFact]] = {
    PropositionState.OFFERED: PropositionOffered,
    PropositionState.ACCEPTED: PropositionAccepted,
    PropositionState.DECLINED: PropositionDeclined,
    PropositionState.COUNTERED: PropositionCountered,
    PropositionState.WITHDRAWN: PropositionWithdrawn,
    PropositionState.EXPIRED: PropositionExpired,
}


async def become(tx: Tx, before: Proposition, state: PropositionState, **changes: Any) -> Proposition:
    """The proposition, locked by the caller, in its new state."""
    closed_at = None if state in rules.OPEN else tx.now
    proposition = await tx.update(Proposition, before.id, state=state, closed_at=closed_at, **changes)
    tx.publish(
        FACTS[state](
            community_id=before.community_id,
            proposition_id=before.id,
            partner_id=before.partner_id,
            number=before.number,
        )
    )
    return proposition

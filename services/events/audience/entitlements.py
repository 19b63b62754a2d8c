"""Know who is entitled to what: EntitlementGranted, EntitlementRevoked -> Entitlement."""

from services.events.models import Entitlement
from shared.consumers import Consumers
from shared.contracts.announced import EntitlementGranted, EntitlementRevoked
from shared.newest import keep_newest
from shared.store import Tx
from shared.tombstones import erased

consumers = Consumers()

RESOURCE_LENGTH = 120
"""No event asks for a resource with a longer name."""


@consumers.on(EntitlementGranted, EntitlementRevoked)  # type: ignore[arg-type]  # one of these two
async def heed(tx: Tx, fact: EntitlementGranted | EntitlementRevoked) -> None:
    """Keep what the entitlement's newest fact says."""
    if len(fact.kind) > RESOURCE_LENGTH or await erased(tx, fact.member_id):
        return
    newer = {
        "member_id": fact.member_id,
        "resource": fact.kind,
        "until": fact.until if isinstance(fact, EntitlementGranted) else None,
        "ended": isinstance(fact, EntitlementRevoked),
    }
    row = {"entitlement_id": fact.entitlement_id, "community_id": fact.community_id}
    await keep_newest(tx, Entitlement, fact, ["entitlement_id"], row, newer)

"""Who has to answer an erasure, by the fact it answers with: the one list of the services that exist."""

from shared.contracts import engagement, events, gateway, knowledge, membership, metrics
from shared.facts import ErasureReceipt

RECEIPTS: tuple[type[ErasureReceipt], ...] = (
    gateway.ErasureCompleted,
    membership.ErasureCompleted,
    engagement.ErasureCompleted,
    events.ErasureCompleted,
    knowledge.ErasureCompleted,
    metrics.ErasureCompleted,
)
ANSWERING = tuple(receipt.owner for receipt in RECEIPTS)
EXPORTING = tuple(name for name in ANSWERING if name != "gateway")
"""Who is asked for an export: the gateway's listener is the public one, and what it knows its API shows."""

"""Heed merges: MergeApplied -> the survivor has what the merged member had registered for, MergeReverted.

What was handed over stays with the survivor when a merge is undone: by then it is theirs to cancel, and who
was merged registers again as anybody does.
"""

from services.events.audience.departures import depart, stay
from shared.consumers import Consumers
from shared.contracts.membership import MergeApplied, MergeReverted
from shared.store import Tx
from shared.tombstones import erased

consumers = Consumers()


@consumers.on(MergeApplied)
async def heed(tx: Tx, fact: MergeApplied) -> None:
    """Note who stands for the merged member from now on."""
    if not await erased(tx, fact.merged_id):
        await depart(tx, fact.merged_id, goes_to=fact.survivor_id)


@consumers.on(MergeReverted)
async def undo(tx: Tx, fact: MergeReverted) -> None:
    """Both are themselves again: nothing more is handed over."""
    await stay(tx, fact.merged_id)

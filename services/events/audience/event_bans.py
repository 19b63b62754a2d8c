"""Heed bans from events: SanctionImposed, SanctionLifted, SanctionExpired -> bans in force -> departures.

A suspension or ban changes the membership itself, which tells of it; warnings and restrictions keep nobody
from events.
"""

from services.events.audience.departures import depart
from services.events.models import EventBan
from shared.consumers import Consumers
from shared.contracts.announced import SanctionExpired, SanctionImposed, SanctionLifted
from shared.newest import keep_newest
from shared.store import Tx
from shared.tombstones import erased

consumers = Consumers()

KIND = "event_ban"
SanctionFact = SanctionImposed | SanctionLifted | SanctionExpired


@consumers.on(SanctionImposed, SanctionLifted, SanctionExpired)  # type: ignore[arg-type]  # one of these three
async def heed(tx: Tx, fact: SanctionFact) -> None:
    """Keep what the sanction's newest fact says."""
    if fact.kind != KIND or await erased(tx, fact.member_id):
        return
    imposed = isinstance(fact, SanctionImposed)
    newer = {
        "member_id": fact.member_id,
        "until": fact.until if isinstance(fact, SanctionImposed) else None,
        "ended": not imposed,
    }
    row = {"sanction_id": fact.sanction_id, "community_id": fact.community_id}
    if await keep_newest(tx, EventBan, fact, ["sanction_id"], row, newer) and imposed:
        await depart(tx, fact.member_id)

"""Heed memberships: MemberSuspended, MemberBanned, MemberLeft and the like -> Standing -> departures."""

from services.events.audience.departures import depart
from services.events.audience.rules import MAY_COME, MemberStanding
from services.events.models import Standing
from shared.consumers import Consumers
from shared.contracts.membership import (
    MemberBanned,
    MemberErased,
    MemberJoined,
    MemberLeft,
    MemberReinstated,
    MemberRejoined,
    MemberSuspended,
)
from shared.contracts.membership.members import MemberFact
from shared.newest import keep_newest
from shared.store import Tx
from shared.tombstones import erased

consumers = Consumers()

STANDINGS: dict[type[MemberFact], MemberStanding] = {
    MemberJoined: MemberStanding.ACTIVE,
    MemberReinstated: MemberStanding.ACTIVE,
    MemberRejoined: MemberStanding.ACTIVE,
    MemberSuspended: MemberStanding.SUSPENDED,
    MemberBanned: MemberStanding.BANNED,
    MemberLeft: MemberStanding.LEFT,
    MemberErased: MemberStanding.ERASED,
}


@consumers.on(*STANDINGS)
async def heed(tx: Tx, fact: MemberFact) -> None:
    """Keep how the member stands as of the newest fact; who was erased here is not written down again."""
    if await erased(tx, fact.member_id):
        return
    standing = STANDINGS[type(fact)]
    newer = {"standing": standing}
    row = {"community_id": fact.community_id, "member_id": fact.member_id}
    if (
        await keep_newest(tx, Standing, fact, ["community_id", "member_id"], row, newer)
        and standing not in MAY_COME
    ):
        await depart(tx, fact.member_id)

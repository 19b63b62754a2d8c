"""Know who is in which group: GroupMemberAdded, GroupMemberRemoved -> GroupMembership."""

from services.events.models import GroupMembership
from shared.consumers import Consumers
from shared.contracts.membership import GroupMemberAdded, GroupMemberRemoved
from shared.newest import keep_newest
from shared.store import Tx
from shared.tombstones import erased

consumers = Consumers()


@consumers.on(GroupMemberAdded, GroupMemberRemoved)  # type: ignore[arg-type]  # one of these two
async def heed(tx: Tx, fact: GroupMemberAdded | GroupMemberRemoved) -> None:
    """Keep what the group's newest fact about the member says."""
    if await erased(tx, fact.member_id):
        return
    newer = {"belongs": isinstance(fact, GroupMemberAdded)}
    whose = {"community_id": fact.community_id, "group_id": fact.group_id, "member_id": fact.member_id}
    await keep_newest(tx, GroupMembership, fact, ["community_id", "group_id", "member_id"], whose, newer)

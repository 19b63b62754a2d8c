"""Passive reads: POST /reads -> the topics a member looked at, in batches -> PresenceReadRecorded."""

from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen, MinLen

from services.engagement.authors import member_of
from services.engagement.inputs import Refusal, RefusedItem
from services.engagement.models import TOPICS, Presence
from services.engagement.rules import BATCH, is_plausible
from shared.contracts.engagement import ITEMS_LIMIT, PresenceReadRecorded, TopicRead
from shared.identity import Actor
from shared.ids import uuid7
from shared.route import Command, Instant, Router, View, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["reads"])


class ReadTopic(Command):
    """One look at a topic; `at` is now unless given."""

    topic_id: UUID
    at: Instant | None = None


class RecordReads(Command):
    items: Annotated[list[ReadTopic], MinLen(1), MaxLen(BATCH)]


class RecordedView(View):
    recorded: int
    refused: list[RefusedItem]


async def record_reads(tx: Tx, actor: Actor, community_id: UUID, command: RecordReads) -> RecordedView:
    member_id = member_of(actor)
    await refuse_erased(tx, member_id)
    known = {
        topic.id for topic in await tx.all(TOPICS, {"ids": list({item.topic_id for item in command.items})})
    }
    reads: list[TopicRead] = []
    refused: list[RefusedItem] = []
    for index, item in enumerate(command.items):
        at = item.at or tx.now
        if item.topic_id not in known:
            refused.append(RefusedItem(index=index, reason=Refusal.UNKNOWN_TOPIC))
        elif not is_plausible(at, tx.now):
            refused.append(RefusedItem(index=index, reason=Refusal.IMPLAUSIBLE_TIME))
        else:
            reads.append(TopicRead(read_id=uuid7(), topic_id=item.topic_id, at=at))
    for start in range(0, len(reads), ITEMS_LIMIT):
        await _record(tx, community_id, member_id, reads[start : start + ITEMS_LIMIT])
    return RecordedView(recorded=len(reads), refused=refused)


async def _record(tx: Tx, community_id: UUID, member_id: UUID, reads: list[TopicRead]) -> None:
    kept = [read.model_dump(mode="json") for read in reads]
    presence = Presence(community_id=community_id, member_id=member_id, reads=kept, created_at=tx.now)
    await tx.insert(presence)
    tx.publish(
        PresenceReadRecorded(
            community_id=community_id, presence_id=presence.id, member_id=member_id, reads=reads
        )
    )


@router.post("/v1/communities/{community_id}/reads", allows="read.record")
async def post_reads(community_id: UUID, command: RecordReads, write: Write) -> RecordedView:
    return await write(record_reads, community_id, command)

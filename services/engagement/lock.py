"""Close a topic: POST /topics/{id}/lock, unlock, archive -> rules.TOPIC_MOVES -> TopicLocked and the like."""

from uuid import UUID

from services.engagement.models import Topic
from services.engagement.rules import TOPIC_MOVES, TopicState
from services.engagement.topics import TopicView
from shared.contracts.engagement import TopicArchived, TopicLocked, TopicUnlocked
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["topics"])


async def lock(tx: Tx, _actor: Actor, community_id: UUID, topic_id: UUID) -> Topic:
    topic = await _move(tx, topic_id, TopicState.LOCKED)
    tx.publish(TopicLocked(community_id=community_id, topic_id=topic_id))
    tx.audit("topic.lock", topic_id)
    return topic


async def unlock(tx: Tx, _actor: Actor, community_id: UUID, topic_id: UUID) -> Topic:
    topic = await _move(tx, topic_id, TopicState.OPEN)
    tx.publish(TopicUnlocked(community_id=community_id, topic_id=topic_id))
    tx.audit("topic.unlock", topic_id)
    return topic


async def archive(tx: Tx, _actor: Actor, community_id: UUID, topic_id: UUID) -> Topic:
    topic = await _move(tx, topic_id, TopicState.ARCHIVED)
    tx.publish(TopicArchived(community_id=community_id, topic_id=topic_id))
    tx.audit("topic.archive", topic_id)
    return topic


async def _move(tx: Tx, topic_id: UUID, to: TopicState) -> Topic:
    topic = await tx.lock(Topic, topic_id)
    allowed = TOPIC_MOVES[topic.state]
    if to not in allowed:
        raise InvalidTransition(state=topic.state, allowed=sorted(allowed))
    return await tx.update(Topic, topic_id, state=to)


@router.post("/v1/communities/{community_id}/topics/{topic_id}/lock", allows="topic.moderate")
async def post_lock(community_id: UUID, topic_id: UUID, write: Write) -> TopicView:
    return await write(lock, community_id, topic_id)


@router.post("/v1/communities/{community_id}/topics/{topic_id}/unlock", allows="topic.moderate")
async def post_unlock(community_id: UUID, topic_id: UUID, write: Write) -> TopicView:
    return await write(unlock, community_id, topic_id)


@router.post("/v1/communities/{community_id}/topics/{topic_id}/archive", allows="topic.moderate")
async def post_archive(community_id: UUID, topic_id: UUID, write: Write) -> TopicView:
    return await write(archive, community_id, topic_id)

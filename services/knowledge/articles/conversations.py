"""What was said in a topic: engagement is asked for it, outside any transaction."""

from uuid import UUID

from services.knowledge.articles.compose import Material, fitting_tags, of_conversation
from shared.identity import Actor
from shared.peers import Peers
from shared.settings import settings

POSTS = 10


async def said_in(actor: Actor, community_id: UUID, topic_id: UUID) -> Material | None:
    """The topic as material for a draft; None when there is none. The caller takes what they may read: who
    may not read topics is refused. `PeerAway` while engagement does not answer."""
    actor.require("topic.read", "engagement")
    wanted = {"community_id": str(community_id), "topic_id": str(topic_id), "posts": POSTS}
    async with Peers("knowledge", settings()) as peers:
        answer = await peers.ask("engagement", "/internal/topics/conversation", wanted)
    topic, accepted = answer["topic"], answer["accepted"]
    if topic is None:
        return None
    used = [accepted] if accepted is not None else answer["posts"]
    authors = dict.fromkeys(post["author_member_id"] for post in used)
    return Material(
        title=topic["title"],
        body=of_conversation(
            topic["body"],
            None if accepted is None else accepted["body"],
            [post["body"] for post in answer["posts"]],
        ),
        tags=fitting_tags(topic["tags"]),
        authors=[UUID(each) for each in authors if each is not None],
    )

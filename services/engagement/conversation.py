"""Conversations: POST /internal/topics/conversation -> a topic and the best of what was said in it."""

from typing import Annotated
from uuid import UUID

from annotated_types import Ge, Le
from sqlmodel import bindparam, col, select

from services.engagement.models import POST, TOPIC, Post
from services.engagement.posts import PostView
from services.engagement.rules import PostState
from services.engagement.topics import TopicView
from shared.identity import Actor
from shared.route import Command, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["internal"])


class ReadConversation(Command):
    community_id: UUID
    topic_id: UUID
    posts: Annotated[int, Ge(0), Le(50)] = 20
    """How many at most, beside the accepted one."""


class ConversationView(View):
    """The topic, null when there is none; `accepted` is the post that was, `posts` the others by score."""

    topic: TopicView | None
    accepted: PostView | None
    posts: list[PostView]


_BEST = constant(
    select(Post)
    .where(scope(Post), col(Post.topic_id) == bindparam("topic_id"), col(Post.state) == PostState.VISIBLE)
    .order_by(col(Post.score).desc(), col(Post.created_at), col(Post.id))
    .limit(bindparam("posts"))
)


async def conversation(tx: Tx, _actor: Actor, command: ReadConversation) -> dict[str, object]:
    """Deleted posts are left out, also an accepted one."""
    tx.within(command.community_id)
    topic = await tx.first(TOPIC, {"id": command.topic_id})
    if topic is None:
        return {"topic": None, "accepted": None, "posts": []}
    accepted = None
    if topic.accepted_post_id is not None:
        accepted = await tx.first(POST, {"id": topic.accepted_post_id})
    if accepted is not None and (accepted.state is not PostState.VISIBLE or accepted.topic_id != topic.id):
        accepted = None
    best = await tx.all(_BEST, {"topic_id": topic.id, "posts": command.posts + 1})
    others = [post for post in best if accepted is None or post.id != accepted.id]
    return {"topic": topic, "accepted": accepted, "posts": others[: command.posts]}


@router.post("/internal/topics/conversation", callers={"knowledge"})
async def read_conversation(command: ReadConversation, read: Read) -> ConversationView:
    return await read(conversation, command, long=True)

"""Posts: POST and GET /topics/{id}/posts -> rules.takes_posts -> PostCreated."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import bindparam, select

from services.engagement import rules
from services.engagement.authors import author_of
from services.engagement.inputs import Body
from services.engagement.models import POST, TOPIC, Post, Topic
from services.engagement.rules import TOPIC_MOVES, PostKind, PostState, ReactionKind
from shared.contracts.engagement import PostCreated
from shared.identity import Actor
from shared.problems import InvalidTransition, Unprocessable
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["posts"])


class WritePost(Command):
    """What somebody says; only admins and admin keys may name an author other than themselves."""

    body: Body
    kind: PostKind = PostKind.REPLY
    reply_to: UUID | None = None
    author_member_id: UUID | None = None


class PostView(View):
    """A post as its author left it; a deleted one keeps its place without its body."""

    id: UUID
    topic_id: UUID
    kind: PostKind
    body: str | None
    reply_to: UUID | None
    author_member_id: UUID | None
    author_identity_id: UUID | None
    state: PostState
    score: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


class ThreadPostView(PostView):
    """A post in its topic, with its reactions counted. They are no part of the post's version."""

    reactions: dict[ReactionKind, int]


class ReplyToUnknown(Unprocessable):
    title = "The post replied to is not in this topic"


_OPEN_TOPIC = constant(
    select(Topic.state).where(scope(Topic), Topic.id == bindparam("id")).with_for_update(read=True)
)
_OF_TOPIC = constant(select(Post).where(scope(Post), Post.topic_id == bindparam("topic_id")))


async def write_post(tx: Tx, actor: Actor, community_id: UUID, topic_id: UUID, command: WritePost) -> Post:
    author = author_of(actor, command.author_member_id)
    await refuse_erased(tx, author)
    topic: Any = await tx.one(_OPEN_TOPIC, {"id": topic_id})
    if not rules.takes_posts(topic.state):
        raise InvalidTransition(state=topic.state, allowed=sorted(TOPIC_MOVES[topic.state]))
    if command.reply_to is not None:
        answered = await tx.one(POST, {"id": command.reply_to}, otherwise=ReplyToUnknown)
        if answered.topic_id != topic_id:
            raise ReplyToUnknown
    post = Post(community_id=community_id, topic_id=topic_id, **dict(command) | {"author_member_id": author})
    await tx.insert(post)
    tx.publish(
        PostCreated(
            community_id=community_id,
            post_id=post.id,
            topic_id=topic_id,
            kind=post.kind,
            member_id=author,
            identity_id=None,
            reply_to=post.reply_to,
        )
    )
    return post


async def posts_of(
    tx: Tx, _actor: Actor, _community_id: UUID, topic_id: UUID, limit: int, cursor: str | None
) -> Page[Post]:
    by = (Post.created_at, Post.id)
    page = await tx.page(_OF_TOPIC, {"topic_id": topic_id}, by=by, limit=limit, cursor=cursor)
    if not len(page):  # a topic with posts is there
        await tx.one(TOPIC, {"id": topic_id})
    return page


async def post_of(tx: Tx, _actor: Actor, _community_id: UUID, post_id: UUID) -> Post:
    return await tx.one(POST, {"id": post_id})


@router.post("/v1/communities/{community_id}/topics/{topic_id}/posts", status_code=201, allows="post.write")
async def post_post(community_id: UUID, topic_id: UUID, command: WritePost, write: Write) -> PostView:
    return await write(write_post, community_id, topic_id, command)


@router.get("/v1/communities/{community_id}/topics/{topic_id}/posts", allows="topic.read")
async def get_posts(
    community_id: UUID, topic_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[ThreadPostView]:
    return await read(posts_of, community_id, topic_id, limit, cursor)


@router.get("/v1/communities/{community_id}/posts/{post_id}", allows="topic.read")
async def get_post(community_id: UUID, post_id: UUID, read: Read) -> PostView:
    return await read(post_of, community_id, post_id)

"""Topics: POST and GET /topics -> a conversation begins in a channel -> TopicCreated."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import or_
from sqlmodel import col, select

from services.engagement.authors import author_of
from services.engagement.inputs import Body, Tags, Title
from services.engagement.models import CHANNEL, TOPIC, Topic
from services.engagement.rules import TopicKind, TopicState
from shared.contracts.engagement import TopicCreated
from shared.identity import Actor
from shared.route import Command, Cursor, Instant, Limit, Page, Read, Router, View, Write
from shared.store import Tx, scope
from shared.tombstones import refuse_erased

router = Router(tags=["topics"])


class StartTopic(Command):
    """What opens a conversation; only admins and admin keys may name an author other than themselves."""

    channel_id: UUID
    title: Title
    body: Body
    kind: TopicKind = TopicKind.DISCUSSION
    tags: Tags = Field(default_factory=list)
    author_member_id: UUID | None = None


class TopicView(View):
    id: UUID
    channel_id: UUID
    kind: TopicKind
    title: str
    body: str
    tags: list[str]
    author_member_id: UUID | None
    author_identity_id: UUID | None
    state: TopicState
    accepted_post_id: UUID | None
    score: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """Only topics that match everything given; `author` is a member or an identity."""

    channel: UUID | None = None
    kind: TopicKind | None = None
    state: TopicState | None = None
    author: UUID | None = None
    updated_since: datetime | None = None

    def conditions(self) -> list[Any]:
        """The filter as conditions of a statement."""
        found = []
        if self.channel is not None:
            found.append(col(Topic.channel_id) == self.channel)
        if self.kind is not None:
            found.append(col(Topic.kind) == self.kind)
        if self.state is not None:
            found.append(col(Topic.state) == self.state)
        if self.author is not None:
            found.append(
                or_(col(Topic.author_member_id) == self.author, col(Topic.author_identity_id) == self.author)
            )
        if self.updated_since is not None:
            found.append(col(Topic.updated_at) >= self.updated_since)
        return found


async def start_topic(tx: Tx, actor: Actor, community_id: UUID, command: StartTopic) -> Topic:
    author = author_of(actor, command.author_member_id)
    await refuse_erased(tx, author)
    await tx.one(CHANNEL, {"id": command.channel_id})
    topic = Topic(community_id=community_id, **dict(command) | {"author_member_id": author})
    await tx.insert(topic)
    tx.publish(
        TopicCreated(
            community_id=community_id,
            topic_id=topic.id,
            channel_id=topic.channel_id,
            kind=topic.kind,
            member_id=author,
            identity_id=None,
        )
    )
    return topic


async def topics_of(
    tx: Tx, _actor: Actor, _community_id: UUID, only: TopicFilter, limit: int, cursor: str | None
) -> Page[Topic]:
    statement = select(Topic).where(scope(Topic), *only.conditions())
    return await tx.page(
        statement, by=(Topic.created_at, Topic.id), limit=limit, cursor=cursor, descending=True
    )


async def topic_of(tx: Tx, _actor: Actor, _community_id: UUID, topic_id: UUID) -> Topic:
    return await tx.one(TOPIC, {"id": topic_id})


@router.post("/v1/communities/{community_id}/topics", status_code=201, allows="topic.write")
async def post_topic(community_id: UUID, command: StartTopic, write: Write) -> TopicView:
    return await write(start_topic, community_id, command)


@router.get("/v1/communities/{community_id}/topics", allows="topic.read")
async def get_topics(
    community_id: UUID,
    read: Read,
    channel: UUID | None = None,
    kind: TopicKind | None = None,
    state: TopicState | None = None,
    author: UUID | None = None,
    updated_since: Instant | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[TopicView]:
    only = TopicFilter(channel, kind, state, author, updated_since)
    return await read(topics_of, community_id, only, limit, cursor)


@router.get("/v1/communities/{community_id}/topics/{topic_id}", allows="topic.read")
async def get_topic(community_id: UUID, topic_id: UUID, read: Read) -> TopicView:
    return await read(topic_of, community_id, topic_id)

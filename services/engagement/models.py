"""The tables engagement owns, and the statements several slices share."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, BindParameter, Index, UniqueConstraint, bindparam
from sqlmodel import Field, col, select

from services.engagement.rules import (
    ChannelKind,
    ChannelState,
    PostKind,
    PostState,
    ReactionKind,
    TopicKind,
    TopicState,
)
from shared.clock import now
from shared.ids import uuid7
from shared.store import TableModel, constant, scope, tables_of


class Base(TableModel, registry=tables_of("engagement")):
    """What belongs to engagement alone."""


class Channel(Base, table=True):
    """A place of conversation; its version counts the facts told about it."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    name: str = Field(max_length=100)
    kind: ChannelKind
    url: str | None = Field(default=None, max_length=500)
    purpose: str | None = Field(default=None, max_length=1000)
    state: ChannelState = ChannelState.ACTIVE
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    version: int = 1

    __table_args__ = (Index(None, "community_id", "created_at", "id"),)


class Activity(Base, table=True):
    """What somebody did on another platform. The id is the natural key (channel, kind, ref), see rules."""

    id: UUID = Field(primary_key=True)
    community_id: UUID
    channel_id: UUID
    kind: str = Field(max_length=32)
    ref: str = Field(max_length=200)
    at: datetime
    identity_id: UUID | None
    thread_id: UUID | None


class Topic(Base, table=True):
    """A conversation; `created_at` is when it began, on whatever platform that was."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    channel_id: UUID = Field(foreign_key="channel.id")
    kind: TopicKind
    title: str = Field(max_length=200)
    body: str
    tags: list[str] = Field(sa_type=JSON)
    author_member_id: UUID | None = None
    author_identity_id: UUID | None = None
    state: TopicState = TopicState.OPEN
    accepted_post_id: UUID | None = None
    score: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    version: int = 1

    __table_args__ = (
        Index(None, "community_id", "created_at", "id"),
        Index(None, "community_id", "channel_id", "created_at", "id"),
        Index(None, "community_id", "updated_at"),
    )


class Post(Base, table=True):
    """Something said in a topic.

    `body` is null once deleted; `reply_to` may name a post that is not imported yet; `reactions` counts the
    active rows of Reaction per kind and is no part of the version.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    topic_id: UUID = Field(foreign_key="topic.id")
    kind: PostKind
    body: str | None
    reply_to: UUID | None = None
    author_member_id: UUID | None = None
    author_identity_id: UUID | None = None
    state: PostState = PostState.VISIBLE
    score: int = Field(default=0, sa_type=BigInteger)
    reactions: dict[ReactionKind, int] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    version: int = 1

    __table_args__ = (Index(None, "community_id", "topic_id", "created_at", "id"),)


class Revision(Base, table=True):
    """A former body of a topic or post: what it said at `revised_version`, until `replaced_at`."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    of_id: UUID
    revised_version: int
    body: str
    replaced_at: datetime = Field(default_factory=now)

    __table_args__ = (UniqueConstraint("community_id", "of_id", "revised_version", name="once"),)


class Reaction(Base, table=True):
    """A member's reaction of one kind to a post; taking it back leaves the row, inactive."""

    id: UUID = Field(primary_key=True)
    community_id: UUID
    post_id: UUID = Field(foreign_key="post.id")
    member_id: UUID
    kind: ReactionKind
    active: bool
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    version: int

    __table_args__ = (UniqueConstraint("community_id", "post_id", "member_id", "kind", name="one"),)


class Presence(Base, table=True):
    """Topics a member looked at, as one batch told them; never changes."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    member_id: UUID
    reads: list[dict[str, str]] = Field(sa_type=JSON)
    created_at: datetime = Field(default_factory=now)
    version: int = 1


CHANNEL = constant(select(Channel).where(scope(Channel), Channel.id == bindparam("id")))
LOCKED_CHANNEL = constant(
    select(Channel).where(scope(Channel), Channel.id == bindparam("id")).with_for_update()
)
TOPIC = constant(select(Topic).where(scope(Topic), Topic.id == bindparam("id")))
POST = constant(select(Post).where(scope(Post), Post.id == bindparam("id")))

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_TOPICS = select(Topic).where(scope(Topic), col(Topic.id).in_(_IDS)).order_by(col(Topic.id))
TOPICS = constant(_TOPICS)
LOCKED_TOPICS = constant(_TOPICS.with_for_update())
"""In the order of their ids, so that two transactions never wait for each other."""
POSTS = constant(select(Post).where(scope(Post), col(Post.id).in_(_IDS)).order_by(col(Post.id)))

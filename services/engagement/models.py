"""The tables engagement owns, and the statements several slices share."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, BindParameter, Index, UniqueConstraint, bindparam, text
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
from shared.store import TableModel, constant, pii, scope, tables_of


class Base(TableModel, registry=tables_of("engagement")):
    """What belongs to engagement alone."""


def of_somebody(*columns: str) -> Index:
    """An index that finds what somebody (the second last column, or the only one) did, not that of nobody."""
    known = text(f"{columns[-2:][0]} IS NOT NULL")
    return Index(None, *columns, sqlite_where=known, postgresql_where=known)


class Channel(Base, table=True):
    """A place of conversation; its version counts the facts told about it."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    name: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    kind: ChannelKind
    url: str | None = Field(default=None, max_length=500, sa_column_kwargs=pii("none"))
    purpose: str | None = Field(default=None, max_length=1000, sa_column_kwargs=pii("none"))
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
    kind: str = Field(max_length=32, sa_column_kwargs=pii("none"))
    ref: str = Field(max_length=200, sa_column_kwargs=pii("behaviour"))
    at: datetime
    identity_id: UUID | None
    thread_id: UUID | None

    __table_args__ = (of_somebody("identity_id"),)


class Topic(Base, table=True):
    """A conversation; `created_at` is when it began, on whatever platform that was."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    channel_id: UUID = Field(foreign_key="channel.id")
    kind: TopicKind
    title: str = Field(max_length=200, sa_column_kwargs=pii("freetext"))
    body: str = Field(sa_column_kwargs=pii("freetext"))
    tags: list[str] = Field(sa_type=JSON, sa_column_kwargs=pii("freetext"))
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
        of_somebody("community_id", "author_member_id", "id"),
        of_somebody("community_id", "author_identity_id", "id"),
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
    body: str | None = Field(sa_column_kwargs=pii("freetext"))
    reply_to: UUID | None = None
    author_member_id: UUID | None = None
    author_identity_id: UUID | None = None
    state: PostState = PostState.VISIBLE
    score: int = Field(default=0, sa_type=BigInteger)
    reactions: dict[ReactionKind, int] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=pii("none")
    )
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    version: int = 1

    __table_args__ = (
        Index(None, "community_id", "topic_id", "created_at", "id"),
        of_somebody("community_id", "author_member_id", "id"),
        of_somebody("community_id", "author_identity_id", "id"),
    )


class Revision(Base, table=True):
    """A former body of a topic or post: what it said at `revised_version`, until `replaced_at`."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    of_id: UUID
    revised_version: int
    body: str = Field(sa_column_kwargs=pii("freetext"))
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

    __table_args__ = (
        UniqueConstraint("community_id", "post_id", "member_id", "kind", name="one"),
        Index(None, "community_id", "member_id"),
    )


class Presence(Base, table=True):
    """Topics a member looked at, as one batch told them; never changes."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    community_id: UUID
    member_id: UUID
    reads: list[dict[str, str]] = Field(sa_type=JSON, sa_column_kwargs=pii("behaviour"))
    created_at: datetime = Field(default_factory=now)
    version: int = 1

    __table_args__ = (Index(None, "member_id"),)


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
_POSTS = select(Post).where(scope(Post), col(Post.id).in_(_IDS)).order_by(col(Post.id))
POSTS = constant(_POSTS)
LOCKED_POSTS = constant(_POSTS.with_for_update())

"""What engagement publishes: who said, read and liked something, when and where; never what they said."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.facts import ErasureReceipt, Fact

ITEMS_LIMIT = 250
"""Items of one fact: the longest fact stays below the 64 kB of a message."""


class _EngagementFact(Fact):
    owner: ClassVar[str] = "engagement"


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChannelActivated(_EngagementFact):
    """A place of conversation, here or on another platform, is in use."""

    aggregate: ClassVar[str] = "channel"
    key: ClassVar[str] = "channel_id"
    channel_id: UUID
    kind: str


class IngestedActivity(_Item):
    """One thing somebody did on another platform, at its own time; without an author it is nobody's."""

    activity_id: UUID
    identity_id: UUID | None
    kind: str
    at: datetime
    thread: UUID | None


class ChannelActivityIngested(_EngagementFact):
    """Activities of another platform became known; each is told exactly once."""

    aggregate: ClassVar[str] = "channel"
    key: ClassVar[str] = "channel_id"
    channel_id: UUID
    activities: Annotated[list[IngestedActivity], Field(max_length=ITEMS_LIMIT)]


class TopicCreated(_EngagementFact):
    """A conversation began; its author is a member, an identity of another platform, or unknown."""

    aggregate: ClassVar[str] = "topic"
    key: ClassVar[str] = "topic_id"
    topic_id: UUID
    channel_id: UUID
    kind: str
    member_id: UUID | None
    identity_id: UUID | None


class _TopicFact(_EngagementFact):
    aggregate: ClassVar[str] = "topic"
    key: ClassVar[str] = "topic_id"
    topic_id: UUID


class TopicEdited(_TopicFact):
    """A topic's text, tags, score or accepted post changed."""


class TopicLocked(_TopicFact):
    """A topic takes no more posts."""


class TopicUnlocked(_TopicFact):
    """A locked topic takes posts again."""


class TopicArchived(_TopicFact):
    """A topic is closed for good."""


class PostCreated(_EngagementFact):
    """Somebody replied, answered or commented in a topic."""

    aggregate: ClassVar[str] = "post"
    key: ClassVar[str] = "post_id"
    post_id: UUID
    topic_id: UUID
    kind: str
    member_id: UUID | None
    identity_id: UUID | None
    reply_to: UUID | None


class _PostFact(_EngagementFact):
    aggregate: ClassVar[str] = "post"
    key: ClassVar[str] = "post_id"
    post_id: UUID
    topic_id: UUID


class PostEdited(_PostFact):
    """A post's text, kind or score changed."""


class PostDeleted(_PostFact):
    """A post's text is gone, by its author or a moderator."""


class PostReacted(_EngagementFact):
    """A member put a reaction on a post (`active`) or took it back."""

    aggregate: ClassVar[str] = "reaction"
    key: ClassVar[str] = "reaction_id"
    reaction_id: UUID
    post_id: UUID
    member_id: UUID
    kind: str
    active: bool


class TopicRead(_Item):
    """One look at a topic."""

    read_id: UUID
    topic_id: UUID
    at: datetime


class PresenceReadRecorded(_EngagementFact):
    """A member looked at topics; the batch is its own aggregate and never changes."""

    aggregate: ClassVar[str] = "presence"
    key: ClassVar[str] = "presence_id"
    presence_id: UUID
    member_id: UUID
    reads: Annotated[list[TopicRead], Field(max_length=ITEMS_LIMIT)]


class ErasureCompleted(ErasureReceipt):
    """Engagement holds nothing more of the person an erasure was about."""

    owner: ClassVar[str] = "engagement"

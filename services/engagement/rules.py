"""What engagement allows: fixed words, moves between states, bounds, and the ids of imported things."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5


class ChannelKind(StrEnum):
    TELEGRAM = "telegram"
    FACEBOOK_GROUP = "facebook_group"
    LINKEDIN_GROUP = "linkedin_group"
    SLACK = "slack"
    DISCORD = "discord"
    FORUM = "forum"
    INTERNAL = "internal"
    OTHER = "other"


class ChannelState(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    RETIRED = "retired"


class TopicKind(StrEnum):
    DISCUSSION = "discussion"
    QUESTION = "question"
    ANNOUNCEMENT = "announcement"
    INITIATIVE = "initiative"


class TopicState(StrEnum):
    OPEN = "open"
    LOCKED = "locked"
    ARCHIVED = "archived"


class PostKind(StrEnum):
    REPLY = "reply"
    ANSWER = "answer"
    COMMENT = "comment"


class PostState(StrEnum):
    VISIBLE = "visible"
    DELETED = "deleted"


class ReactionKind(StrEnum):
    LIKE = "like"
    THANKS = "thanks"
    CELEBRATE = "celebrate"
    INSIGHTFUL = "insightful"
    SUPPORT = "support"
    DISAGREE = "disagree"


TOPIC_MOVES: Mapping[TopicState, frozenset[TopicState]] = {
    TopicState.OPEN: frozenset({TopicState.LOCKED}),
    TopicState.LOCKED: frozenset({TopicState.OPEN, TopicState.ARCHIVED}),
    TopicState.ARCHIVED: frozenset(),
}
"""open <-> locked -> archived."""

POST_MOVES: Mapping[PostState, frozenset[PostState]] = {
    PostState.VISIBLE: frozenset({PostState.DELETED}),
    PostState.DELETED: frozenset(),
}

WORD = r"^[a-z][a-z0-9_-]{0,31}$"
"""A platform or a kind of activity: no colon, so that ids derived from `a:b` are unambiguous."""

TITLE_LENGTH = 200
BODY_LENGTH = 65_536
ERASED_TITLE = "[erased]"
"""What a topic is called whose author was erased; what others said in it stays."""
TAG_LENGTH = 50
TAGS = 10
REF_LENGTH = 200
BATCH = 500

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""How far the clock of another platform may run before ours."""


def takes_posts(topic: TopicState) -> bool:
    """Whether something may be said in a topic."""
    return topic is TopicState.OPEN


def is_plausible(at: datetime, now: datetime) -> bool:
    """Whether something can have happened at `at`: not before 1970, not more than a day ahead."""
    return not implausible([at], now)


def implausible(times: Iterable[datetime], now: datetime) -> list[int]:
    """The places of those of `times` at which nothing can have happened."""
    latest = now + AHEAD
    return [index for index, at in enumerate(times) if not EARLIEST <= at <= latest]


def imported_topic_id(community_id: UUID, provider: str, ref: str) -> UUID:
    """The id a topic of another platform has here, whenever and however often it is imported."""
    return uuid5(community_id, f"{provider}:topic:{ref}")


def imported_post_id(community_id: UUID, provider: str, ref: str) -> UUID:
    """The id a post of another platform has here, whenever and however often it is imported."""
    return uuid5(community_id, f"{provider}:post:{ref}")


def activity_name(kind: str, ref: str) -> str:
    """What tells an outside activity from the others of its channel; its id is derived from it."""
    return f"{kind}:{ref}"


def reaction_id(post_id: UUID, member_id: UUID, kind: ReactionKind) -> UUID:
    """The one reaction of a member with a kind on a post."""
    return uuid5(post_id, f"{member_id}:{kind}")


def accepted_post(standing: UUID | None, post_id: UUID, accepted: bool) -> UUID | None:
    """The accepted post of a topic once its platform told whether it accepted `post_id`."""
    if accepted:
        return post_id
    return None if standing == post_id else standing


def counted(counts: Mapping[ReactionKind, int], kind: ReactionKind, by: int) -> dict[ReactionKind, int]:
    """`counts` with `by` more of `kind`; kinds nobody chose are left out."""
    changed = {**counts, kind: counts.get(kind, 0) + by}
    return {each: count for each, count in changed.items() if count > 0}

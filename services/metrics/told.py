"""What facts tell of activities: content, reactions, reads, outside activity, joining and leaving."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.engagement import (
    ChannelActivityIngested,
    PostCreated,
    PostDeleted,
    PostReacted,
    PresenceReadRecorded,
    TopicCreated,
)
from shared.contracts.membership import MemberJoined, MemberLeft, MemberRejoined
from shared.facts import Fact


@dataclass(slots=True)
class Told:
    """One activity as a fact tells it, or (`given` false) that it no longer counts.

    What can be given `again`, a reaction, counts anew after it was taken back; content never does."""

    activity_id: UUID
    subject: UUID | None
    kind: str
    at: datetime
    thread: UUID | None
    fact_id: UUID
    given: bool = True
    again: bool = False


def told(fact: Fact) -> Iterator[Told]:
    """The activities a fact tells of."""
    when, fact_id = fact.occurred_at, fact.fact_id
    match fact:
        case TopicCreated(topic_id=topic):
            yield Told(topic, fact.member_id or fact.identity_id, fact.kind, when, topic, fact_id)
        case PostCreated(post_id=post):
            yield Told(post, fact.member_id or fact.identity_id, fact.kind, when, fact.topic_id, fact_id)
        case PostDeleted(post_id=post):
            yield Told(post, None, "deleted", when, None, fact_id, given=False)
        case PostReacted():
            yield Told(
                fact.reaction_id, fact.member_id, "react", when, None, fact_id, fact.active, again=True
            )
        case PresenceReadRecorded(reads=reads):
            for read in reads:
                yield Told(read.read_id, fact.member_id, "read", read.at, None, fact_id)
        case ChannelActivityIngested(activities=activities):
            for one in activities:
                yield Told(one.activity_id, one.identity_id, one.kind, one.at, one.thread, fact_id)
        case MemberJoined() | MemberRejoined() | MemberLeft():
            kind = type(fact).__name__.removeprefix("Member").lower()
            yield Told(fact_id, fact.member_id, kind, when, None, fact_id)


def merged(activities: Iterator[Told]) -> list[Told]:
    """One word about each activity: the last, with what an earlier one said of an activity now taken back."""
    said: dict[UUID, Told] = {}
    for one in activities:
        before = said.get(one.activity_id)
        if before is not None and not one.given:
            before.given = False
        elif before is None or one.again:
            said[one.activity_id] = one
    return list(said.values())

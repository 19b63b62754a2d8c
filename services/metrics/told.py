"""What facts tell of activities: content, reactions, reads, outside activity, joining, leaving, events."""

from collections.abc import Iterator
from uuid import UUID

from services.metrics.append import Told
from services.metrics.rules import ATTENDANCE
from services.metrics.told_by_knowledge import about_knowledge
from shared.contracts.engagement import (
    ChannelActivityIngested,
    PostCreated,
    PostDeleted,
    PostReacted,
    PresenceReadRecorded,
    TopicCreated,
)
from shared.contracts.events import (
    EventCompleted,
    QuestionAsked,
    RegistrationCheckedIn,
    RegistrationConfirmed,
    RegistrationCorrected,
    SpeakerDelivered,
)
from shared.contracts.membership import MemberJoined, MemberLeft, MemberRejoined
from shared.facts import Fact
from shared.ids import derived_id


def told(fact: Fact) -> Iterator[Told]:
    """The activities a fact tells of."""
    when = fact.occurred_at
    match fact:
        case TopicCreated(topic_id=topic):
            yield Told(topic, fact.member_id or fact.identity_id, fact.kind, when, topic, fact)
        case PostCreated(post_id=post):
            yield Told(post, fact.member_id or fact.identity_id, fact.kind, when, fact.topic_id, fact)
        case PostDeleted(post_id=post):
            yield Told(post, None, "deleted", when, None, fact, given=False)
        case PostReacted():
            yield Told(fact.reaction_id, fact.member_id, "react", when, None, fact, fact.active, again=True)
        case PresenceReadRecorded(reads=reads):
            for read in reads:
                yield Told(read.read_id, fact.member_id, "read", read.at, None, fact)
        case ChannelActivityIngested(activities=activities):
            for one in activities:
                yield Told(one.activity_id, one.identity_id, one.kind, one.at, one.thread, fact)
        case MemberJoined() | MemberRejoined() | MemberLeft():
            kind = type(fact).__name__.removeprefix("Member").lower()
            yield Told(fact.fact_id, fact.member_id, kind, when, None, fact)
        case _:
            yield from _about_event(fact)
            yield from about_knowledge(fact)


def _about_event(fact: Fact) -> Iterator[Told]:
    """What people did about an event; guests are nobody. Not in threads: a question there awaits no post."""
    when = fact.occurred_at
    match fact:
        case EventCompleted(event_id=event):
            for member in fact.organisers:
                yield Told(derived_id(event, f"host:{member}"), member, "host", when, None, fact)
        case QuestionAsked(question_id=question, member_id=UUID() as member):
            yield Told(question, member, "event_question", when, None, fact)
        case SpeakerDelivered(invitation_id=invitation, member_id=UUID() as member):
            yield Told(invitation, member, "session", when, None, fact)
        case RegistrationConfirmed(registration_id=registration, member_id=UUID() as member):
            # seats at later occurrences of a series come by themselves: nobody did anything
            if fact.actor is None or fact.actor.kind != "service":
                yield Told(registration, member, "register", when, None, fact)
        case RegistrationCheckedIn(member_id=UUID() as member):
            yield _attended(fact, member, came=True)
        case RegistrationCorrected(member_id=UUID() as member, attended=attended):
            yield _attended(fact, member, came=attended)


def _attended(fact: RegistrationCheckedIn | RegistrationCorrected, member: UUID, *, came: bool) -> Told:
    activity = derived_id(fact.registration_id, "attend")
    return Told(activity, member, ATTENDANCE, fact.occurred_at, None, fact, came, again=True, stays=True)

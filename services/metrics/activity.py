"""Count what people do: content, reactions, reads, outside activity, events, links -> the log -> roll-ups."""

from services.metrics.append import tell
from services.metrics.log import by_community, chunks, enter
from services.metrics.people import Link, attribute
from services.metrics.told import merged, told
from shared.consumers import Consumers
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
from shared.contracts.membership import (
    IdentityLinked,
    IdentityRevoked,
    MemberJoined,
    MemberLeft,
    MemberRejoined,
    MergeApplied,
    MergeReverted,
)
from shared.facts import Fact
from shared.store import Tx

consumers = Consumers()


@consumers.on_many(
    TopicCreated,
    PostCreated,
    PostDeleted,
    PostReacted,
    PresenceReadRecorded,
    ChannelActivityIngested,
    MemberJoined,
    MemberRejoined,
    MemberLeft,
    IdentityLinked,
    IdentityRevoked,
    MergeApplied,
    MergeReverted,
    RegistrationConfirmed,
    RegistrationCheckedIn,
    RegistrationCorrected,
    QuestionAsked,
    SpeakerDelivered,
    EventCompleted,
)
async def record(tx: Tx, facts: list[Fact]) -> None:
    """Apply neighbouring facts together; their order between aggregates does not matter."""
    for community_id, theirs in by_community(facts):
        community = await enter(tx, community_id, theirs)
        await attribute(tx, community, [fact for fact in theirs if isinstance(fact, Link)])
        theirs.sort(key=lambda fact: fact.aggregate_version)  # those of one aggregate may come late
        for some in chunks(merged(one for fact in theirs for one in told(fact))):
            await tell(tx, community, some)

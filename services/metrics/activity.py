"""Count what people do: content, reactions, reads, outside activity, events, knowledge, links -> the log."""

from services.metrics.append import merged, tell
from services.metrics.log import by_community, chunks, enter
from services.metrics.people import Link, attribute
from services.metrics.told import told
from services.metrics.turns import TURNS, keep
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
from shared.contracts.knowledge import (
    AnswerDeleted,
    AnswerPosted,
    AnswerVerified,
    AnswerVoted,
    ArticleDrafted,
    ArticleRated,
    ArticleReviewed,
    ArticleViewedBatch,
    CallClaimed,
    CallFulfilled,
    ResourceAdded,
    SearchPerformedBatch,
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
    ArticleDrafted,
    ArticleReviewed,
    ArticleRated,
    ArticleViewedBatch,
    AnswerPosted,
    AnswerVerified,
    AnswerVoted,
    AnswerDeleted,
    ResourceAdded,
    CallClaimed,
    CallFulfilled,
    SearchPerformedBatch,
    *TURNS,
)
async def record(tx: Tx, facts: list[Fact]) -> None:
    """Apply neighbouring facts together; their order between aggregates does not matter."""
    for community_id, theirs in by_community(facts):
        community = await enter(tx, community_id, theirs)
        await attribute(tx, community, [fact for fact in theirs if isinstance(fact, Link)])
        await keep(tx, theirs)
        theirs.sort(key=lambda fact: fact.aggregate_version)  # those of one aggregate may come late
        for some in chunks(merged(one for fact in theirs for one in told(fact))):
            await tell(tx, community, some)

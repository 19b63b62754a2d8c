"""What knowledge tells: what is written, reviewed, trusted, asked, answered and found; never the text."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.facts import ErasureReceipt, Fact

ITEMS_LIMIT = 250
"""Items of one fact: the longest fact stays below the 64 kB of a message."""


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True)


class _CollectionFact(Fact):
    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "collection"
    key: ClassVar[str] = "collection_id"

    community_id: UUID
    collection_id: UUID


class CollectionCreated(_CollectionFact):
    """Articles can stand together here."""

    kind: str


class CollectionChanged(_CollectionFact):
    """What is said of it, who looks after it or who may read it changed."""


class CollectionArchived(_CollectionFact):
    """It takes no more articles."""


class CollectionRestored(_CollectionFact):
    """It takes articles again."""


class _ArticleFact(Fact):
    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "article"
    key: ClassVar[str] = "article_id"

    community_id: UUID
    article_id: UUID


class ArticleDrafted(_ArticleFact):
    """A revision of the next release was written; `author_id` is the member who wrote it."""

    revision: int
    author_id: UUID | None
    kind: str


class ArticleSubmitted(_ArticleFact):
    """Others are asked to read the draft."""

    review_id: UUID
    revision: int


class ArticleReviewed(_ArticleFact):
    """A reviewer gave a verdict on the draft; `reviewer_id` is the member who did."""

    review_id: UUID
    reviewer_id: UUID | None
    verdict: str


class ArticleApproved(_ArticleFact):
    """As many as it takes approved the draft."""

    review_id: UUID | None
    revision: int


class ArticleChangesRequested(_ArticleFact):
    """A reviewer wants the draft changed."""

    review_id: UUID


class ArticleReviewWithdrawn(_ArticleFact):
    """The draft is no longer up for review."""

    review_id: UUID


class ArticlePublished(_ArticleFact):
    """A revision can be read; `author_id` wrote it, `first` when nothing was released before."""

    author_id: UUID | None
    revision: int
    first: bool
    title: str
    kind: str
    verified_until: datetime


class ArticleVerified(_ArticleFact):
    """Somebody found the released revision right; it counts as fresh until `verified_until`."""

    revision: int
    verified_by: UUID | None
    verified_until: datetime


class ArticleBecameStale(_ArticleFact):
    """Its verification ran out, or somebody said so."""


class ArticleDeprecated(_ArticleFact):
    """It should no longer be followed; `replacement_id` should."""

    replacement_id: UUID | None


class ArticleArchived(_ArticleFact):
    """It can no longer be read by members."""


class ArticleMoved(_ArticleFact):
    """Its collection, name, owner or another setting changed."""

    owner_id: UUID | None


class ArticleHidden(_ArticleFact):
    """Moderation took it out of sight."""


class ArticleRestored(_ArticleFact):
    """It can be seen again as before."""


class ArticleAuthorForgotten(_ArticleFact):
    """A contributor or owner was erased; the article stays, and is nobody's."""


class ArticleRated(Fact):
    """A member said whether an article helped; the last word of each counts."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "rating"
    key: ClassVar[str] = "rating_id"

    community_id: UUID
    rating_id: UUID
    article_id: UUID
    member_id: UUID
    helpful: bool


class ArticleView(_Item):
    """One look at an article, by a member or (null) somebody who is none."""

    view_id: UUID
    article_id: UUID
    member_id: UUID | None
    at: datetime


class ArticleViewedBatch(Fact):
    """Articles were looked at; the batch is its own aggregate and never changes."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "view_batch"
    key: ClassVar[str] = "batch_id"

    community_id: UUID
    batch_id: UUID
    views: Annotated[list[ArticleView], Field(max_length=ITEMS_LIMIT)]


class _QuestionFact(Fact):
    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "question"
    key: ClassVar[str] = "question_id"

    community_id: UUID
    question_id: UUID


class QuestionAsked(_QuestionFact):
    """Somebody wants to know something."""

    member_id: UUID | None
    inquiry_id: UUID | None


class QuestionChanged(_QuestionFact):
    """What is asked was put another way."""


class QuestionAnswered(_QuestionFact):
    """It got its first answer."""


class QuestionAccepted(_QuestionFact):
    """An answer was accepted; `answered_by` is the member who gave it."""

    answer_id: UUID
    answered_by: UUID | None


class QuestionOutdated(_QuestionFact):
    """The accepted answer holds no longer."""

    answer_id: UUID


class QuestionReopened(_QuestionFact):
    """It waits for an answer again."""


class QuestionClosed(_QuestionFact):
    """It takes no more answers; `duplicate_of` names the one that stands for it."""

    reason: str
    duplicate_of: UUID | None


class QuestionHidden(_QuestionFact):
    """Moderation took it out of sight."""


class QuestionRestored(_QuestionFact):
    """It can be seen again as before."""


class QuestionForgotten(_QuestionFact):
    """Whoever asked was erased; what they wrote is gone."""


class QuestionMemberInvited(_QuestionFact):
    """A member was asked for an answer."""

    member_id: UUID
    invited_by: UUID | None


class _AnswerFact(Fact):
    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "answer"
    key: ClassVar[str] = "answer_id"

    community_id: UUID
    answer_id: UUID
    question_id: UUID


class AnswerPosted(_AnswerFact):
    """Somebody answered."""

    member_id: UUID | None


class AnswerChanged(_AnswerFact):
    """An answer was put another way."""


class AnswerAccepted(_AnswerFact):
    """It is the answer."""

    member_id: UUID | None


class AnswerUnaccepted(_AnswerFact):
    """Another answer was accepted in its place."""


class AnswerOutdated(_AnswerFact):
    """It was accepted and holds no longer."""


class AnswerVerified(_AnswerFact):
    """Somebody found it right, until `valid_until` where that is known."""

    verified_by: UUID | None
    valid_until: datetime | None


class AnswerVoted(Fact):
    """A member voted 1, -1 or (taken back) 0; the last word of each counts."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "answer_vote"
    key: ClassVar[str] = "vote_id"

    community_id: UUID
    vote_id: UUID
    answer_id: UUID
    question_id: UUID
    member_id: UUID
    value: int


class AnswerDeleted(_AnswerFact):
    """Its text is gone, by its author, an editor or an erasure."""


class AnswerHidden(_AnswerFact):
    """Moderation took it out of sight."""


class AnswerRestored(_AnswerFact):
    """It can be seen again as before."""


class _ResourceFact(Fact):
    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "resource"
    key: ClassVar[str] = "resource_id"

    community_id: UUID
    resource_id: UUID


class ResourceAdded(_ResourceFact):
    """Something that lies elsewhere is worth knowing of."""

    kind: str
    added_by: UUID | None


class ResourceChanged(_ResourceFact):
    """What is said of it changed."""


class ResourceBroken(_ResourceFact):
    """Its link leads nowhere; `finding` is the class of the failure."""

    finding: str


class ResourceMended(_ResourceFact):
    """Its link leads somewhere again."""


class ResourceRetired(_ResourceFact):
    """It is no longer worth knowing of."""


class _CallFact(Fact):
    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "contribution_call"
    key: ClassVar[str] = "call_id"

    community_id: UUID
    call_id: UUID


class CallOpened(_CallFact):
    """Somebody is wanted to write about a topic; `event_id` where an event is to be written up."""

    event_id: UUID | None


class CallChanged(_CallFact):
    """What is wanted or until when changed."""


class CallClaimed(_CallFact):
    """A member will write it."""

    member_id: UUID


class CallReleased(_CallFact):
    """Whoever claimed it gave it back."""


class CallFulfilled(_CallFact):
    """It is written."""

    article_id: UUID | None
    member_id: UUID | None


class CallExpired(_CallFact):
    """Its time is over."""


class CallWithdrawn(_CallFact):
    """It is no longer wanted."""


class PerformedSearch(_Item):
    """One search: when, how much it found, and whether something found was opened. Told again once it was."""

    search_id: UUID
    at: datetime
    hits: int
    clicked: bool


class SearchPerformedBatch(Fact):
    """Somebody searched; the batch is its own aggregate and never changes."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "search_batch"
    key: ClassVar[str] = "batch_id"

    community_id: UUID
    batch_id: UUID
    searches: Annotated[list[PerformedSearch], Field(max_length=ITEMS_LIMIT)]


class SearchGapDetected(Fact):
    """At least five searched in vain for the same; what for, knowledge tells (`GET C/search/gaps`)."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "search_gap"
    key: ClassVar[str] = "gap_id"

    community_id: UUID
    gap_id: UUID
    searchers: int


class InquiryDeflected(Fact):
    """An article answered an inquiry: somebody linked them."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "deflection"
    key: ClassVar[str] = "deflection_id"

    community_id: UUID
    deflection_id: UUID
    inquiry_id: UUID
    article_id: UUID


class ErasureCompleted(ErasureReceipt):
    """Knowledge holds nothing more of the person an erasure was about."""

    owner: ClassVar[str] = "knowledge"

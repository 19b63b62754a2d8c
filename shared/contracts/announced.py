"""Facts consumers are ready for and nobody publishes yet; each moves to its owner with what publishes it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class _SanctionFact(Fact):
    """A fact of the aggregate `sanction`."""

    owner: ClassVar[str] = "moderation"
    aggregate: ClassVar[str] = "sanction"
    key: ClassVar[str] = "sanction_id"

    community_id: UUID
    sanction_id: UUID
    member_id: UUID
    kind: Literal["warning", "restriction", "suspension", "ban"]


class SanctionImposed(_SanctionFact):
    """A member has to bear a consequence, until it is lifted or its time is over."""

    until: datetime | None


class SanctionLifted(_SanctionFact):
    """The consequence was taken back or overturned."""


class SanctionExpired(_SanctionFact):
    """The consequence is over."""


class EventPublished(Fact):
    """Members may know of the event and register."""

    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "event"
    key: ClassVar[str] = "event_id"

    community_id: UUID
    event_id: UUID


class RegistrationCheckedIn(Fact):
    """Somebody who had registered came."""

    owner: ClassVar[str] = "events"
    aggregate: ClassVar[str] = "registration"
    key: ClassVar[str] = "registration_id"

    community_id: UUID
    registration_id: UUID
    event_id: UUID
    member_id: UUID


class ArticlePublished(Fact):
    """An article can be read; `author_id` is the member who wrote it."""

    owner: ClassVar[str] = "knowledge"
    aggregate: ClassVar[str] = "article"
    key: ClassVar[str] = "article_id"

    community_id: UUID
    article_id: UUID
    author_id: UUID


class MemberStageChanged(Fact):
    """A member went to another stage of their journey, at `since`."""

    owner: ClassVar[str] = "metrics"
    aggregate: ClassVar[str] = "journey"
    key: ClassVar[str] = "member_id"

    community_id: UUID
    member_id: UUID
    stage: Literal["lurker", "new", "engaged", "contributor", "leader"]
    since: datetime


class _EngagementFact(Fact):
    owner: ClassVar[str] = "engagement"
    community_id: UUID


class SurveyResponseSubmitted(_EngagementFact):
    """Somebody answered a survey; `wants`, where asked: whether they want the community to exist."""

    aggregate: ClassVar[str] = "survey_response"
    key: ClassVar[str] = "response_id"
    response_id: UUID
    survey_id: UUID
    kind: str
    member_id: UUID | None
    prospect_id: UUID | None
    wants: bool | None
    policy_version: str | None


class PromiseRequested(_EngagementFact):
    """Somebody was promised something here; membership keeps the ledger. The words stay with engagement."""

    aggregate: ClassVar[str] = "promise_request"
    key: ClassVar[str] = "promise_id"
    promise_id: UUID
    to_kind: Literal["prospect", "member", "feedback", "inquiry", "partner", "community", "conflict"]
    to_id: UUID
    due_at: datetime | None
    on_event: str | None
    grace_hours: int
    owner_member_id: UUID | None


class InquiryResponded(_EngagementFact):
    """An inquiry got its answer."""

    aggregate: ClassVar[str] = "inquiry"
    key: ClassVar[str] = "inquiry_id"
    inquiry_id: UUID


class FeedbackShipped(_EngagementFact):
    """What feedback asked for is there."""

    aggregate: ClassVar[str] = "feedback"
    key: ClassVar[str] = "feedback_id"
    feedback_id: UUID

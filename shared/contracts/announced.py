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
    kind: Literal["warning", "restriction", "suspension", "ban", "event_ban"]


class SanctionImposed(_SanctionFact):
    """A member has to bear a consequence, until it is lifted or its time is over."""

    until: datetime | None


class SanctionLifted(_SanctionFact):
    """The consequence was taken back or overturned."""


class SanctionExpired(_SanctionFact):
    """The consequence is over."""


class GuidelinePublished(Fact):
    """A version of the community's guidelines is in force."""

    owner: ClassVar[str] = "moderation"
    aggregate: ClassVar[str] = "guideline"
    key: ClassVar[str] = "guideline_id"

    community_id: UUID
    guideline_id: UUID
    kind: Literal["conduct", "ethics", "event"]
    number: int


class OptionSelected(Fact):
    """A playbook's option was chosen; `format_id` where it is a format to meet in."""

    owner: ClassVar[str] = "goals"
    aggregate: ClassVar[str] = "option"
    key: ClassVar[str] = "option_id"

    community_id: UUID
    option_id: UUID
    format_id: UUID | None


class _ContentFact(Fact):
    """A fact of what moderation made of something others own."""

    owner: ClassVar[str] = "moderation"
    aggregate: ClassVar[str] = "content"
    key: ClassVar[str] = "content_id"

    community_id: UUID
    content_id: UUID
    kind: Literal["topic", "post", "article", "question", "answer", "resource", "event", "member"]


class ContentHidden(_ContentFact):
    """It is not to be seen, for now."""


class ContentRestored(_ContentFact):
    """It can be seen again."""


class ContentRemoved(_ContentFact):
    """It is not to be seen again."""


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


class SurveyClosed(_EngagementFact):
    """A survey takes no more answers; one about an event says how many of those asked were satisfied."""

    aggregate: ClassVar[str] = "survey"
    key: ClassVar[str] = "survey_id"
    survey_id: UUID
    kind: str
    event_id: UUID | None
    satisfied: int | None
    answered: int


class _EntitlementFact(_EngagementFact):
    aggregate: ClassVar[str] = "entitlement"
    key: ClassVar[str] = "entitlement_id"
    entitlement_id: UUID
    member_id: UUID
    kind: str
    """The resource: `early_access`, `members_only_talks` and the like, or a kind with an id."""


class EntitlementGranted(_EntitlementFact):
    """A member may use what others may not, until `until`."""

    until: datetime | None


class EntitlementRevoked(_EntitlementFact):
    """No longer."""


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


class InquiryResolved(_EngagementFact):
    """An inquiry is solved; `topic_id` is the conversation it was solved in."""

    aggregate: ClassVar[str] = "inquiry"
    key: ClassVar[str] = "inquiry_id"
    inquiry_id: UUID
    topic_id: UUID | None


class FeedbackReceived(_EngagementFact):
    """Somebody said what they think of something: of `about_id`, a thing of the kind `about`."""

    aggregate: ClassVar[str] = "feedback"
    key: ClassVar[str] = "feedback_id"
    feedback_id: UUID
    kind: Literal["praise", "complaint", "idea", "bug", "need"]
    about: str | None
    about_id: UUID | None


class FeedbackShipped(_EngagementFact):
    """What feedback asked for is there."""

    aggregate: ClassVar[str] = "feedback"
    key: ClassVar[str] = "feedback_id"
    feedback_id: UUID

"""Every table knowledge owns; each is defined beside the behaviour of its aggregate."""

from services.knowledge.articles.models import (
    HOLD_ARTICLE,
    THE_ARTICLE,
    THE_REVISION,
    Article,
    Contributor,
    Deflection,
    DraftedSource,
    Provenance,
    Rating,
    Revision,
    Slug,
)
from services.knowledge.attachments.models import THE_ATTACHMENT, Attachment
from services.knowledge.calls.models import HOLD_CALL, THE_CALL, ContributionCall
from services.knowledge.collections.models import HOLD_COLLECTION, THE_COLLECTION, Collection, Curator
from services.knowledge.imports.models import THE_IMPORT, ImportDocument, ImportJob
from services.knowledge.people.models import Departure, Entitlement, HandedOver, Hidden, Merge
from services.knowledge.questions.models import (
    HOLD_QUESTION,
    THE_ANSWER,
    THE_QUESTION,
    Answer,
    AnswerVote,
    Question,
    QuestionInvitation,
)
from services.knowledge.resources.models import HOLD_RESOURCE, THE_RESOURCE, Resource
from services.knowledge.reviews.models import OPEN_REVIEW, Review, Reviewer, ReviewVerdict
from services.knowledge.search.models import (
    Audience,
    IndexSize,
    Posting,
    SearchDocument,
    SearchGap,
    SearchLog,
    Word,
)
from services.knowledge.tables import Base
from services.knowledge.tasks.models import Task
from services.knowledge.verifications.models import Verification

__all__ = [
    "HOLD_ARTICLE",
    "HOLD_CALL",
    "HOLD_COLLECTION",
    "HOLD_QUESTION",
    "HOLD_RESOURCE",
    "OPEN_REVIEW",
    "THE_ANSWER",
    "THE_ARTICLE",
    "THE_ATTACHMENT",
    "THE_CALL",
    "THE_COLLECTION",
    "THE_IMPORT",
    "THE_QUESTION",
    "THE_RESOURCE",
    "THE_REVISION",
    "Answer",
    "AnswerVote",
    "Article",
    "Attachment",
    "Audience",
    "Base",
    "Collection",
    "ContributionCall",
    "Contributor",
    "Curator",
    "Deflection",
    "Departure",
    "DraftedSource",
    "Entitlement",
    "HandedOver",
    "Hidden",
    "ImportDocument",
    "ImportJob",
    "IndexSize",
    "Merge",
    "Posting",
    "Provenance",
    "Question",
    "QuestionInvitation",
    "Rating",
    "Resource",
    "Review",
    "ReviewVerdict",
    "Reviewer",
    "Revision",
    "SearchDocument",
    "SearchGap",
    "SearchLog",
    "Slug",
    "Task",
    "Verification",
    "Word",
]

"""The life of an article: which verbs its states allow, and where they lead.

Two lives run beside each other. What is released is published, verified, stale, deprecated, archived or
hidden; the draft of the next release is a draft, in review, sent back or approved. Until something is
released, `state` tells the life of the draft. The released text changes by `publish` of an approved draft
alone.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

SLUG_LENGTH = 100
_NOT_OF_A_SLUG = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "þ": "th",
        "\u0131": "i",
        "'": "",
        "\u2019": "",
    }
)
"""What no decomposition (Unicode NFKD) turns into letters of addresses, and what words are written with."""


def slug_of(title: str) -> str:
    """A title as addresses are written: lower-case ASCII letters, digits and hyphens; empty when nothing is
    left of it."""
    folded = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS))
    plain = folded.encode("ascii", "ignore").decode()
    return _NOT_OF_A_SLUG.sub("-", plain).strip("-")[:SLUG_LENGTH].rstrip("-")


class ArticleKind(StrEnum):
    BEST_PRACTICE = "best_practice"
    HOW_TO = "how_to"
    CASE = "case"
    FAQ = "faq"
    ANNOUNCEMENT = "announcement"
    RESOURCE = "resource"


class ArticleState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    VERIFIED = "verified"
    STALE = "stale"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"
    HIDDEN = "hidden"


class DraftState(StrEnum):
    """How far the next release is; the same words as the states of an article nothing is released of."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"


class DraftVerb(StrEnum):
    SAVE = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    REQUEST_CHANGES = "request-changes"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"


class ArticleVerb(StrEnum):
    VERIFY = "verify"
    MARK_STALE = "mark-stale"
    DEPRECATE = "deprecate"
    ARCHIVE = "archive"


class SourceKind(StrEnum):
    """What an article came from."""

    TOPIC = "topic"
    INQUIRY = "inquiry"
    QUESTION = "question"
    EVENT = "event"
    IMPORT = "import"
    URL = "url"


READABLE = frozenset(
    {ArticleState.PUBLISHED, ArticleState.VERIFIED, ArticleState.STALE, ArticleState.DEPRECATED}
)
"""Whoever may read the collection may read the released text."""
LIVING = frozenset({ArticleState.PUBLISHED, ArticleState.VERIFIED, ArticleState.STALE})
"""What the community stands by."""

DRAFT_MOVES: Mapping[DraftState | None, Mapping[DraftVerb, DraftState | None]] = {
    None: {DraftVerb.SAVE: DraftState.DRAFT},
    DraftState.DRAFT: {DraftVerb.SAVE: DraftState.DRAFT, DraftVerb.SUBMIT: DraftState.IN_REVIEW},
    DraftState.IN_REVIEW: {
        DraftVerb.SAVE: DraftState.DRAFT,
        DraftVerb.APPROVE: DraftState.APPROVED,
        DraftVerb.REQUEST_CHANGES: DraftState.CHANGES_REQUESTED,
        DraftVerb.WITHDRAW: DraftState.DRAFT,
    },
    DraftState.CHANGES_REQUESTED: {DraftVerb.SAVE: DraftState.DRAFT, DraftVerb.SUBMIT: DraftState.IN_REVIEW},
    DraftState.APPROVED: {
        DraftVerb.SAVE: DraftState.DRAFT,
        DraftVerb.REQUEST_CHANGES: DraftState.CHANGES_REQUESTED,
        DraftVerb.PUBLISH: None,
    },
}
"""What is saved while others review, or after they approved, has to be reviewed itself."""

_PUT_AWAY = {ArticleVerb.ARCHIVE: ArticleState.ARCHIVED}

MOVES: Mapping[ArticleState, Mapping[ArticleVerb, ArticleState]] = {
    ArticleState.DRAFT: _PUT_AWAY,
    ArticleState.IN_REVIEW: _PUT_AWAY,
    ArticleState.CHANGES_REQUESTED: _PUT_AWAY,
    ArticleState.APPROVED: _PUT_AWAY,
    ArticleState.PUBLISHED: {
        ArticleVerb.VERIFY: ArticleState.VERIFIED,
        ArticleVerb.MARK_STALE: ArticleState.STALE,
        ArticleVerb.DEPRECATE: ArticleState.DEPRECATED,
        ArticleVerb.ARCHIVE: ArticleState.ARCHIVED,
    },
    ArticleState.VERIFIED: {
        ArticleVerb.VERIFY: ArticleState.VERIFIED,
        ArticleVerb.MARK_STALE: ArticleState.STALE,
        ArticleVerb.DEPRECATE: ArticleState.DEPRECATED,
        ArticleVerb.ARCHIVE: ArticleState.ARCHIVED,
    },
    ArticleState.STALE: {
        ArticleVerb.VERIFY: ArticleState.VERIFIED,
        ArticleVerb.DEPRECATE: ArticleState.DEPRECATED,
        ArticleVerb.ARCHIVE: ArticleState.ARCHIVED,
    },
    ArticleState.DEPRECATED: _PUT_AWAY,
}
"""A draft nothing was released of can only be archived, which its owner does, too."""


def draft_verbs(state: DraftState | None) -> list[str]:
    """What may be done with a draft in this state."""
    return [verb.value for verb in DRAFT_MOVES[state]]


def verbs(state: ArticleState) -> list[str]:
    """What may be done with an article in this state."""
    return [verb.value for verb in MOVES.get(state, {})]

"""What a review can say, and when it is over."""

from enum import StrEnum


class ReviewState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    APPROVE = "approve"
    REQUEST_CHANGES = "request-changes"


APPROVALS_ELSEWHERE = 1
"""How many must approve an article that stands in no collection."""
REVIEWERS = 10
"""Members asked by name, at most."""

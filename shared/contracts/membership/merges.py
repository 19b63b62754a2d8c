"""Two members who turn out to be one person."""

from typing import ClassVar
from uuid import UUID

from shared.facts import Fact


class _MergeFact(Fact):
    """A fact about the member who was merged, in the order of that member's version."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "member"
    key: ClassVar[str] = "merged_id"

    community_id: UUID
    merge_id: UUID
    merged_id: UUID
    survivor_id: UUID


class MergeApplied(_MergeFact):
    """What the merged member did and does counts for the survivor."""


class MergeReverted(_MergeFact):
    """Both are themselves again, each with what was theirs."""

"""What becomes of a community."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class _CommunityFact(Fact):
    """A fact of the aggregate `community`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "community"
    key: ClassVar[str] = "community_id"

    community_id: UUID


class CommunityCreated(_CommunityFact):
    """A community exists, as a draft that already accepts members and content."""

    slug: str
    name: str
    kind: Literal["cop", "coi", "other"]
    timezone: str


class CommunityChanged(_CommunityFact):
    """Its description or its rules of access changed; all three are as they are now."""

    name: str
    timezone: str
    visibility: Literal["public", "members"]


class CommunityGatheringOpened(_CommunityFact):
    """It gathers the people it needs before it starts."""


class CommunityActivated(_CommunityFact):
    """It started."""


class CommunityPaused(_CommunityFact):
    """It rests: nobody joins until it is resumed."""


class CommunityResumed(_CommunityFact):
    """It goes on after a pause."""


class CommunityArchived(_CommunityFact):
    """It ended; it can be restored for 90 days."""


class CommunityRestored(_CommunityFact):
    """It goes on after having been archived."""


class DemandThresholdReached(_CommunityFact):
    """Enough people want it, which was not so before: a community of interest may start."""

    interested_count: int

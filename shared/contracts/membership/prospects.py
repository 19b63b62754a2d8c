"""People who may come to belong."""

from typing import ClassVar
from uuid import UUID

from shared.facts import Fact


class _ProspectFact(Fact):
    """A fact of the aggregate `prospect`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "prospect"
    key: ClassVar[str] = "prospect_id"

    community_id: UUID
    prospect_id: UUID


class ProspectCaptured(_ProspectFact):
    """Somebody may come to belong, and can be returned to."""


class ProspectChanged(_ProspectFact):
    """What is known of them changed, or they answered a survey."""


class ProspectContacted(_ProspectFact):
    """Somebody spoke to them; they are kept for another 18 months."""


class ProspectInterested(_ProspectFact):
    """They want the community to exist."""


class ProspectInvited(_ProspectFact):
    """They got an invitation."""

    invitation_id: UUID


class ProspectJoined(_ProspectFact):
    """They belong now, as this member."""

    member_id: UUID


class ProspectWithdrawn(_ProspectFact):
    """They want to hear no more; how to reach them was erased."""


class ProspectExpired(_ProspectFact):
    """Nobody spoke to them for 18 months; everything about them was erased."""

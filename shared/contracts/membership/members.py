"""What becomes of a membership."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class MemberFact(Fact):
    """A fact of the aggregate `member`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "member"
    key: ClassVar[str] = "member_id"

    community_id: UUID
    member_id: UUID


class MemberJoined(MemberFact):
    """Somebody belongs to the community now; `source` says how that came about."""

    source: Literal["founded", "joined", "added", "imported", "invited", "approved", "provisioned"]


class MemberProfileUpdated(MemberFact):
    """What a member says about themselves changed."""


class MemberLeft(MemberFact):
    """A member left; the roles they held were revoked before, each with its own fact."""


class MemberRejoined(MemberFact):
    """A member who had left is back, without the roles of before."""


class MemberInvited(MemberFact):
    """Somebody has been invited by name and may accept."""


class MemberRequested(MemberFact):
    """Somebody asks to be let in."""


class MemberDeclined(MemberFact):
    """A request to be let in was declined."""


class MemberSuspended(MemberFact):
    """A member may do nothing for a while, and holds no role meanwhile; `by` is who may end it."""

    by: Literal["moderation", "provisioning"]


class MemberReinstated(MemberFact):
    """A suspension or ban ended; the roles held before count again."""


class MemberBanned(MemberFact):
    """A member was banned, losing every role."""


class MemberErased(MemberFact):
    """A member was forgotten: the id stays as a tombstone, nothing else."""


class MemberOnboardingCompleted(MemberFact):
    """A newcomer has done every step of the welcome."""


class MemberBlocked(MemberFact):
    """A member wants nothing from another."""

    blocked_id: UUID


class MemberUnblocked(MemberFact):
    """A member no longer keeps another away."""

    blocked_id: UUID

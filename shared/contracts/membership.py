"""What membership tells the others: communities, who belongs in which role, and who is who elsewhere."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.facts import Fact

Role = Literal["editor", "organizer", "moderator", "admin", "owner"]
Provider = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]


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


class _MemberFact(Fact):
    """A fact of the aggregate `member`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "member"
    key: ClassVar[str] = "member_id"

    community_id: UUID
    member_id: UUID


class MemberJoined(_MemberFact):
    """Somebody belongs to the community now; `source` says how that came about."""

    source: Literal["founded", "joined", "added", "imported"]


class MemberProfileUpdated(_MemberFact):
    """What a member says about themselves changed."""


class MemberLeft(_MemberFact):
    """A member left; the roles they held were revoked before, each with its own fact."""


class MemberRejoined(_MemberFact):
    """A member who had left is back, without the roles of before."""


class RoleGranted(_MemberFact):
    """A member holds a role from now on."""

    role: Role


class RoleRevoked(_MemberFact):
    """A member no longer holds a role."""

    role: Role


class _IdentityFact(Fact):
    """A fact of the aggregate `identity`: a person as another platform knows them."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "identity"
    key: ClassVar[str] = "identity_id"

    community_id: UUID
    identity_id: UUID
    member_id: UUID


class IdentityLinked(_IdentityFact):
    """What the identity did and does is the member's doing."""

    provider: Provider


class IdentityRevoked(_IdentityFact):
    """The identity is nobody's any more; what it did counts for itself again."""

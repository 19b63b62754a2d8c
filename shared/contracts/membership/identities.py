"""Who is who on other platforms."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.facts import Fact

Provider = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]


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


class IdentityVerified(_IdentityFact):
    """Whoever holds the identity has shown that it is theirs."""

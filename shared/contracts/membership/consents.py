"""What people agreed to."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact

Purpose = Literal["dm", "email", "research", "demographics", "share_marketing", "share_partner", "photos"]


class _ConsentFact(Fact):
    """A fact of the aggregate `consent`; `subject_id` is a member or a prospect."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "consent"
    key: ClassVar[str] = "consent_id"

    community_id: UUID
    consent_id: UUID
    subject_id: UUID
    purpose: Purpose


class ConsentGiven(_ConsentFact):
    """Somebody agreed to a purpose."""


class ConsentWithdrawn(_ConsentFact):
    """Somebody no longer agrees; what waits to be sent or shared for the purpose stops at once."""

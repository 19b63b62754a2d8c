"""Who members are on other platforms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.membership.identities import rules
from services.membership.identities.rules import IdentityState, Method
from services.membership.tables import Base
from shared.store import pii
from shared.subjects import identity_of, kept_subject


class Identity(Base, table=True):
    """A person as another platform knows them, linked to a member; the id is derived, see `identity_of`.

    Identities of the same `likeness` may be one person's.
    """

    __tablename__ = "identity"
    __table_args__ = (
        Index("identity_member_idx", "community_id", "member_id"),
        Index("identity_likeness_idx", "community_id", "likeness", "member_id"),
    )

    id: UUID = Field(primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    member_id: UUID = Field(foreign_key="member.id")
    provider: str = Field(max_length=40, sa_column_kwargs=pii("none"))
    subject: str = Field(max_length=255, sa_column_kwargs=pii("contact"))
    state: IdentityState = IdentityState.LINKED
    likeness: str | None = Field(default=None, max_length=300, sa_column_kwargs=pii("contact"))
    verified_at: datetime | None = None
    method: Method | None = None
    linked_at: datetime
    version: int = 1


def identity_as(
    community_id: UUID,
    member_id: UUID,
    provider: str,
    subject: str,
    linked_at: datetime,
    method: Method | None = None,
) -> Identity:
    """The identity of a member who is `subject` elsewhere, not stored yet; with a `method` verified by it."""
    kept = kept_subject(community_id, subject)
    return Identity(
        id=identity_of(community_id, provider, subject),
        community_id=community_id,
        member_id=member_id,
        provider=provider,
        subject=kept,
        likeness=rules.likeness(provider, subject, kept),
        verified_at=linked_at if method else None,
        method=method,
        linked_at=linked_at,
        version=2 if method else 1,
    )

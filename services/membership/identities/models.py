"""Who members are on other platforms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.membership.identities.rules import IdentityState
from services.membership.tables import Base
from shared.store import pii


class Identity(Base, table=True):
    """A person as another platform knows them, linked to a member; the id is derived, see `identity_id`."""

    __tablename__ = "identity"
    __table_args__ = (Index("identity_member_idx", "community_id", "member_id"),)

    id: UUID = Field(primary_key=True)
    community_id: UUID = Field(foreign_key="community.id")
    member_id: UUID = Field(foreign_key="member.id")
    provider: str = Field(max_length=40, sa_column_kwargs=pii("none"))
    subject: str = Field(max_length=255, sa_column_kwargs=pii("contact"))
    state: IdentityState = IdentityState.LINKED
    verified_at: datetime | None = None
    linked_at: datetime
    version: int = 1

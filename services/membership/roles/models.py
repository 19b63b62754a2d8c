"""Roles and functions members hold."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.membership.roles.rules import Function, Role
from services.membership.tables import Base
from shared.store import pii


class RoleGrant(Base, table=True):
    """A role a member holds, and who granted it; revoking deletes the row, the audit log remembers."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("role_grant_role_idx", "community_id", "role", "member_id"),
        Index("role_grant_expires_at_idx", "expires_at"),
    )

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    role: Role = Field(primary_key=True)
    granted_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    granted_at: datetime
    expires_at: datetime | None = None


class FunctionGrant(Base, table=True):
    """A function a member fulfils; it permits nothing by itself."""

    __tablename__ = "function_grant"
    __table_args__ = (
        Index("function_grant_function_idx", "community_id", "function", "member_id"),
        Index("function_grant_expires_at_idx", "expires_at"),
    )

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    function: Function = Field(primary_key=True)
    granted_by: str = Field(max_length=100, sa_column_kwargs=pii("none"))
    granted_at: datetime
    expires_at: datetime | None = None

"""What an identity provider says of members and groups: sealed, and found by digests."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, col

from services.membership.groups.models import Group
from services.membership.members.models import Member
from services.membership.tables import Base
from shared.store import constant, pii, scope


class ScimUser(Base, table=True):
    """A provisioned member: all attributes without a column of ours as one sealed JSON text.

    With `deleted_at` SCIM knows the user no more, though moderation's suspension or ban goes on.
    """

    __tablename__ = "scim_user"
    __table_args__ = (
        UniqueConstraint("community_id", "user_name_digest", name="user_name"),
        Index("scim_user_external_idx", "community_id", "external_digest"),
    )

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")
    user_name_digest: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("contact"))
    external_digest: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("contact"))
    identity_id: UUID | None = None
    attributes: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=pii("contact"))
    deleted_at: datetime | None = None


class ScimEmail(Base, table=True):
    """An e-mail address of a provisioned member, to be found by."""

    __tablename__ = "scim_email"
    __table_args__ = (Index("scim_email_member_idx", "community_id", "member_id"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    digest: str = Field(max_length=64, primary_key=True, sa_column_kwargs=pii("contact"))
    member_id: UUID = Field(primary_key=True, foreign_key="member.id")


class ScimGroup(Base, table=True):
    """What an identity provider says of a group besides its name and members, sealed."""

    __tablename__ = "scim_group"
    __table_args__ = (Index("scim_group_external_idx", "community_id", "external_digest"),)

    community_id: UUID = Field(primary_key=True, foreign_key="community.id")
    group_id: UUID = Field(primary_key=True, foreign_key=f"{Group.__tablename__}.id")
    external_digest: str | None = Field(default=None, max_length=64, sa_column_kwargs=pii("none"))
    attributes: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=pii("none"))


MEMBER_COLUMNS = [
    col(column)
    for column in (
        Member.id,
        Member.handle,
        Member.display_name,
        Member.person_id,
        Member.roles,
        Member.state,
        Member.joined_at,
        Member.updated_at,
        Member.version,
    )
]
_OF_MEMBER = sa.and_(
    col(ScimUser.community_id) == col(Member.community_id), col(ScimUser.member_id) == col(Member.id)
)
_OF_GROUP = sa.and_(
    col(ScimGroup.community_id) == col(Group.community_id), col(ScimGroup.group_id) == col(Group.id)
)


def users_joined(statement: Any) -> Any:
    """The statement from members with what SCIM knows of them."""
    return statement.select_from(Member).outerjoin(ScimUser, _OF_MEMBER).where(scope(Member))


def groups_joined(statement: Any) -> Any:
    """The statement from groups with what SCIM knows of them."""
    return statement.select_from(Group).outerjoin(ScimGroup, _OF_GROUP).where(scope(Group))


SEALED_USER = [col(ScimUser.attributes), col(ScimUser.identity_id), col(ScimUser.deleted_at)]
SEALED_GROUP = [col(ScimGroup.attributes)]
FORGET_EMAILS = constant(
    sa.delete(ScimEmail).where(scope(ScimEmail), col(ScimEmail.member_id) == sa.bindparam("member_id"))
)
FORGET_USER = constant(
    sa.delete(ScimUser).where(scope(ScimUser), col(ScimUser.member_id) == sa.bindparam("member_id"))
)

"""Groups and who is in them."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.facts import Fact


class _GroupFact(Fact):
    """A fact of the aggregate `group`."""

    owner: ClassVar[str] = "membership"
    aggregate: ClassVar[str] = "group"
    key: ClassVar[str] = "group_id"

    community_id: UUID
    group_id: UUID


class GroupCreated(_GroupFact):
    """A group exists; `dynamic` ones have the members their rule finds."""

    kind: Literal["chapter", "working_group", "leaders_network", "contributors_network", "cohort", "segment"]
    dynamic: bool


class GroupChanged(_GroupFact):
    """Its description, rule or meetings changed."""


class GroupArchived(_GroupFact):
    """It is kept and no longer used."""


class GroupMemberAdded(_GroupFact):
    """Somebody belongs to the group, or has another function in it now."""

    member_id: UUID
    function: Literal["member", "leader"]


class GroupMemberRemoved(_GroupFact):
    """Somebody no longer belongs to the group."""

    member_id: UUID

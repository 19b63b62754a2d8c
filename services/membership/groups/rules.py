"""What kinds of groups there are."""

from enum import StrEnum


class GroupKind(StrEnum):
    CHAPTER = "chapter"
    WORKING_GROUP = "working_group"
    LEADERS_NETWORK = "leaders_network"
    CONTRIBUTORS_NETWORK = "contributors_network"
    COHORT = "cohort"
    SEGMENT = "segment"


class GroupState(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class GroupVisibility(StrEnum):
    """Who may see the group and who is in it: all members, or its own members and the team."""

    MEMBERS = "members"
    GROUP = "group"


class GroupFunction(StrEnum):
    """What somebody is in a group; leading one permits nothing by itself."""

    MEMBER = "member"
    LEADER = "leader"


class Match(StrEnum):
    """Whether a member has to satisfy every condition of a rule, or one of them."""

    ALL = "all"
    ANY = "any"


DEEPEST_NESTING = 5
"""A group has at most so many groups above it."""


def may_see(visibility: GroupVisibility, level: int, *, belongs: bool) -> bool:
    """Whether somebody of this level may know of a group; those who run the community see every one."""
    return visibility is GroupVisibility.MEMBERS or belongs or level > 1

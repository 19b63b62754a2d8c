"""What a role is worth, and who may grant it."""

from collections.abc import Collection
from enum import StrEnum

from services.membership.members.rules import MemberState


class Role(StrEnum):
    """What is granted by name. Every active member is a `member` besides; everybody else is a guest."""

    EDITOR = "editor"
    ORGANIZER = "organizer"
    MODERATOR = "moderator"
    ADMIN = "admin"
    OWNER = "owner"


class Function(StrEnum):
    """What a member does for the community; a function permits nothing by itself."""

    MEDIATOR = "mediator"
    MENTOR = "mentor"
    CURATOR = "curator"
    EXPERT = "expert"
    LEADER = "leader"
    ANALYST = "analyst"
    STAKEHOLDER = "stakeholder"
    SPEAKER = "speaker"
    COMMUNITY_MANAGER = "community_manager"


MEMBER_LEVEL = 1
ADMIN_LEVEL = 3
OWNER_LEVEL = 4
LEVELS = {
    Role.EDITOR: 2,
    Role.ORGANIZER: 2,
    Role.MODERATOR: 2,
    Role.ADMIN: ADMIN_LEVEL,
    Role.OWNER: OWNER_LEVEL,
}


def roles_in_force(state: MemberState, granted: Collection[str]) -> list[str]:
    """The roles that count: none unless the member is active."""
    return sorted({"member", *granted}) if state is MemberState.ACTIVE else []


def level_of(granted: Collection[str]) -> int:
    """The level of a member who was granted these roles."""
    return max((LEVELS[Role(role)] for role in granted), default=MEMBER_LEVEL)


def authority(level: int, *, scoped_key: bool) -> int:
    """The level somebody acts with: an API key acts, where its scopes let it, like an admin, never above."""
    return ADMIN_LEVEL if scoped_key else level


def may_grant(authority: int, role: Role) -> bool:
    """Nobody grants or revokes at or above their own level, except owners the role of owner."""
    return authority > LEVELS[role] or authority == OWNER_LEVEL


def may_manage(authority: int, granted: Collection[str]) -> bool:
    """Whether one may act for a member who holds these roles: admins for those below them, owners for all."""
    return authority >= ADMIN_LEVEL and (authority > level_of(granted) or authority == OWNER_LEVEL)

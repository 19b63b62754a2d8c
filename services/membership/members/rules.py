"""The life of a membership, and what stands against importing one."""

from datetime import datetime
from enum import StrEnum

from services.membership.identities.rules import IdentityState
from services.membership.rules import EPOCH


class PersonState(StrEnum):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    ERASED = "erased"


class MemberState(StrEnum):
    """Where a membership stands; only an active one holds roles."""

    INVITED = "invited"
    REQUESTED = "requested"
    ACTIVE = "active"
    DECLINED = "declined"
    LEFT = "left"
    SUSPENDED = "suspended"
    BANNED = "banned"
    MERGED = "merged"
    ERASED = "erased"


class SanctionKind(StrEnum):
    SUSPENSION = "suspension"
    BAN = "ban"


class Stage(StrEnum):
    """The five stages of a community member, by the page the third article announces."""

    LURKER = "lurker"
    NEW = "new"
    ENGAGED = "engaged"
    CONTRIBUTOR = "contributor"
    LEADER = "leader"


class FieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    FLAG = "flag"
    URL = "url"


class MemberVerb(StrEnum):
    LEAVE = "leave"
    REJOIN = "rejoin"


_MEMBER_STEPS: dict[MemberVerb, tuple[MemberState, MemberState]] = {
    MemberVerb.LEAVE: (MemberState.ACTIVE, MemberState.LEFT),
    MemberVerb.REJOIN: (MemberState.LEFT, MemberState.ACTIVE),
}


def member_verbs(state: MemberState) -> list[MemberVerb]:
    """What a member may do about their membership; a suspension ends by moderation only."""
    return [verb for verb, (before, _) in _MEMBER_STEPS.items() if before is state]


def member_after(verb: MemberVerb) -> MemberState:
    """The state `verb` leads to."""
    return _MEMBER_STEPS[verb][1]


class Refusal(StrEnum):
    """Why somebody is not imported."""

    IDENTITY_REVOKED = "identity-revoked"
    JOINED_BEFORE_1970 = "joined-before-1970"
    JOINED_IN_THE_FUTURE = "joined-in-the-future"


def refusal(identity: IdentityState | None, joined_at: datetime, now: datetime) -> Refusal | None:
    """What stands against an import; `identity` is None when unknown. An unlinked one stays nobody's."""
    if identity is not None:
        return Refusal.IDENTITY_REVOKED if identity is IdentityState.REVOKED else None
    if joined_at < EPOCH:
        return Refusal.JOINED_BEFORE_1970
    return Refusal.JOINED_IN_THE_FUTURE if joined_at > now else None

"""The life of a membership, what a welcome asks for, and what stands against importing a member."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
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


class SanctionSource(StrEnum):
    """Who imposed it, and alone may end it: moderation, or an identity provider that deactivated somebody."""

    MODERATION = "moderation"
    PROVISIONING = "provisioning"


class Step(StrEnum):
    """What a newcomer does for the first time; facts tell that it is done."""

    JOINED = "joined"
    PROFILE_COMPLETED = "profile_completed"
    INTRODUCED = "introduced"
    EVENT_ATTENDED = "event_attended"
    ARTICLE_PUBLISHED = "article_published"


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
    APPROVE = "approve"
    DECLINE = "decline"


_FROM: dict[MemberVerb, frozenset[MemberState]] = {
    MemberVerb.LEAVE: frozenset({MemberState.ACTIVE}),
    MemberVerb.REJOIN: frozenset({MemberState.LEFT, MemberState.DECLINED}),
    MemberVerb.APPROVE: frozenset({MemberState.REQUESTED}),
    MemberVerb.DECLINE: frozenset({MemberState.REQUESTED}),
}
_TO: dict[MemberVerb, MemberState] = {
    MemberVerb.LEAVE: MemberState.LEFT,
    MemberVerb.REJOIN: MemberState.ACTIVE,
    MemberVerb.APPROVE: MemberState.ACTIVE,
    MemberVerb.DECLINE: MemberState.DECLINED,
}
ASK_AGAIN_AFTER = timedelta(days=30)
"""How long a refusal stands; whoever is invited meanwhile need not wait."""

BY_INVITATION = frozenset(
    {MemberState.INVITED, MemberState.REQUESTED, MemberState.DECLINED, MemberState.LEFT}
)
"""The states an invitation takes a member out of."""

OUTSIDE = frozenset({MemberState.INVITED, MemberState.REQUESTED, MemberState.DECLINED})
"""Not members yet, and none of other members' business."""


def member_verbs(state: MemberState) -> list[MemberVerb]:
    """What may be done with a membership; a suspension or ban ends by whoever imposed it only."""
    return [verb for verb in MemberVerb if state in _FROM[verb]]


def member_after(verb: MemberVerb) -> MemberState:
    """The state `verb` leads to; `REJOIN` to a request where the community wants to be asked."""
    return _TO[verb]


def under(state: MemberState, in_force: Collection[SanctionKind]) -> MemberState:
    """Where a membership stands under these sanctions; somebody outside stays there, and cannot come in."""
    if state not in (MemberState.ACTIVE, MemberState.SUSPENDED, MemberState.BANNED):
        return state
    if SanctionKind.BAN in in_force:
        return MemberState.BANNED
    return MemberState.SUSPENDED if in_force else MemberState.ACTIVE


FIRST_PLAN = (Step.JOINED, Step.PROFILE_COMPLETED, Step.INTRODUCED)
"""What a community's welcome asks for until it decides otherwise."""


def is_welcomed(asked: Collection[str], done: Mapping[str, str]) -> bool:
    """Whether a member has done every step asked for; having joined goes without saying."""
    return all(step in done for step in asked if step != Step.JOINED)


def is_complete(headline: str | None, bio: str | None, interests: Collection[str]) -> bool:
    """Whether a profile tells others enough to talk to its owner: a line or more, and an interest."""
    return bool(headline or bio) and bool(interests)


class Refusal(StrEnum):
    """Why somebody is not imported."""

    IDENTITY_REVOKED = "identity-revoked"
    IDENTITY_ERASED = "identity-erased"
    JOINED_BEFORE_1970 = "joined-before-1970"
    JOINED_IN_THE_FUTURE = "joined-in-the-future"


_REFUSED = {
    IdentityState.REVOKED: Refusal.IDENTITY_REVOKED,
    IdentityState.ERASED: Refusal.IDENTITY_ERASED,
}


def refusal(identity: IdentityState | None, joined_at: datetime, now: datetime) -> Refusal | None:
    """What stands against an import; `identity` is None when unknown. An unlinked one stays nobody's."""
    if identity is not None:
        return _REFUSED.get(identity)
    if joined_at < EPOCH:
        return Refusal.JOINED_BEFORE_1970
    return Refusal.JOINED_IN_THE_FUTURE if joined_at > now else None

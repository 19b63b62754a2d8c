"""Membership's rules: who may join, leave and grant what, and what a handle or a subject looks like."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import available_timezones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC)


def moment(at: datetime) -> datetime:
    """`at`, or the nearest moment that every zone and both databases can write."""
    return min(max(at, EPOCH), END_OF_TIME)


# -- communities ---------------------------------------------------------------------------------------------


class CommunityKind(StrEnum):
    """Community of practice, community of interest, or neither."""

    COP = "cop"
    COI = "coi"
    OTHER = "other"


class CommunityState(StrEnum):
    DRAFT = "draft"
    GATHERING = "gathering"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class CommunityVerb(StrEnum):
    OPEN_GATHERING = "open-gathering"
    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    ARCHIVE = "archive"
    RESTORE = "restore"


class Visibility(StrEnum):
    """Who may know of the community: everybody signed in, or its members only."""

    PUBLIC = "public"
    MEMBERS = "members"


class JoinPolicy(StrEnum):
    """Whether one joins freely, asks first, or has to be invited."""

    OPEN = "open"
    REQUEST = "request"
    INVITE = "invite"


RESTORE_WITHIN = timedelta(days=90)

_FROM: dict[CommunityVerb, frozenset[CommunityState]] = {
    CommunityVerb.OPEN_GATHERING: frozenset({CommunityState.DRAFT}),
    CommunityVerb.ACTIVATE: frozenset({CommunityState.DRAFT, CommunityState.GATHERING}),
    CommunityVerb.PAUSE: frozenset({CommunityState.ACTIVE}),
    CommunityVerb.RESUME: frozenset({CommunityState.PAUSED}),
    CommunityVerb.ARCHIVE: frozenset({CommunityState.ACTIVE, CommunityState.PAUSED}),
    CommunityVerb.RESTORE: frozenset({CommunityState.ARCHIVED}),
}
_TO: dict[CommunityVerb, CommunityState] = {
    CommunityVerb.OPEN_GATHERING: CommunityState.GATHERING,
    CommunityVerb.ACTIVATE: CommunityState.ACTIVE,
    CommunityVerb.PAUSE: CommunityState.PAUSED,
    CommunityVerb.RESUME: CommunityState.ACTIVE,
    CommunityVerb.ARCHIVE: CommunityState.ARCHIVED,
    CommunityVerb.RESTORE: CommunityState.ACTIVE,
}


def community_verbs(
    state: CommunityState, kind: CommunityKind, archived_for: timedelta | None = None
) -> list[CommunityVerb]:
    """What may be done with a community now.

    Only a community of interest has to gather demand before it starts; an archived one can be
    restored for `RESTORE_WITHIN`.
    """
    verbs = [verb for verb in CommunityVerb if state in _FROM[verb]]
    if state is CommunityState.DRAFT and kind is CommunityKind.COI:
        verbs.remove(CommunityVerb.ACTIVATE)
    if archived_for is not None and archived_for > RESTORE_WITHIN:
        verbs = [verb for verb in verbs if verb is not CommunityVerb.RESTORE]
    return verbs


def community_after(verb: CommunityVerb) -> CommunityState:
    """The state `verb` leads to."""
    return _TO[verb]


def takes_members(state: CommunityState) -> bool:
    """Whether people may join: a draft already does, a paused or archived community does not."""
    return state not in (CommunityState.PAUSED, CommunityState.ARCHIVED)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def timezone(name: str) -> str:
    """`name` when it is a zone of the IANA database; ValueError for anything else, paths included."""
    if name not in _timezones():
        raise ValueError("not an IANA time zone")
    return name


# -- members -------------------------------------------------------------------------------------------------


class MemberState(StrEnum):
    ACTIVE = "active"
    LEFT = "left"
    SUSPENDED = "suspended"


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


class IdentityState(StrEnum):
    """Linked to a member, or revoked: known, and nobody's."""

    LINKED = "linked"
    REVOKED = "revoked"


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


# -- roles ---------------------------------------------------------------------------------------------------


class Role(StrEnum):
    """What is granted by name. Every active member is a `member` besides; everybody else is a guest."""

    EDITOR = "editor"
    ORGANIZER = "organizer"
    MODERATOR = "moderator"
    ADMIN = "admin"
    OWNER = "owner"


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


# -- handles, names and subjects -----------------------------------------------------------------------------

HANDLE_MIN, HANDLE_MAX = 2, 40
_HANDLE = re.compile(rf"[a-z0-9._-]{{{HANDLE_MIN},{HANDLE_MAX}}}")
_NOT_IN_HANDLES = re.compile(r"[^a-z0-9._-]+")
_ROOM_FOR_SUFFIX = 8
_LAST_CHARACTER = "\U0010ffff"
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def handle(text: str) -> str:
    """`text` in compatibility form and lower case; ValueError unless that is 2 to 40 of a-z 0-9 . _ -"""
    normal = unicodedata.normalize("NFKC", text).lower()
    if not _HANDLE.fullmatch(normal):
        raise ValueError("a handle is 2 to 40 of the characters a-z 0-9 . _ -")
    return normal


def handle_from(text: str) -> str:
    """A valid handle that resembles `text`, whatever that is; of an e-mail address only the local part."""
    local = text.split("@", 1)[0]
    plain = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
    made = _NOT_IN_HANDLES.sub("-", plain).strip("-")[:HANDLE_MAX]
    return made if len(made) >= HANDLE_MIN else "member"


def stem(handle: str) -> str:
    """The part of a handle that suffixed ones keep, so that `<stem>-<number>` is never too long."""
    return handle[: HANDLE_MAX - _ROOM_FOR_SUFFIX]


def handle_range(stem: str) -> tuple[str, str]:
    """The half-open range of handles that holds `stem`, every `stem-<suffix>`, and nothing else.

    "-" is the only character of a handle that sorts before ".".
    """
    return stem, stem + "."


class Handles:
    """Gives out handles nobody has: the one wished for, else its stem with a free suffix -2, -3 ..."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def give(self, wish: str) -> str:
        """A free handle, taken from now on."""
        made, base = wish, stem(wish)
        number = self._next.get(base, 2)
        while made in self._taken:
            made = f"{base}-{number}"
            number += 1
        self._next[base] = number
        self._taken.add(made)
        return made


def search_key(text: str) -> str:
    """What a name is found by: compatibility form, case folded, single spaces, at most 80 characters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:80]


def prefix_range(prefix: str) -> tuple[str, str]:
    """The half-open range of search keys that begin with `prefix`."""
    return prefix, prefix + _LAST_CHARACTER


def is_contact(subject: str) -> bool:
    """Whether a subject is an e-mail address, which must not be kept as it is."""
    return _CONTACT.fullmatch(subject) is not None


def kept_subject(subject: str, key: bytes) -> str:
    """The subject as it is stored and hashed: a contact as its HMAC under the community's key.

    Nobody can guess the contact back, and it dies with the key.
    """
    if not is_contact(subject):
        return subject
    return "hmac:" + hmac.digest(key, subject.casefold().encode(), hashlib.sha256).hex()

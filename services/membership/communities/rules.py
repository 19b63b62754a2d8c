"""The life of a community: who may know of it, who may join, and what may be done with it when."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from services.membership.members.rules import MemberState
from services.membership.prospects.rules import ProspectState


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


class InterestSource(StrEnum):
    """How somebody's interest became known: they said so, or a survey of needs did."""

    EXPLICIT = "explicit"
    SURVEY = "survey"


COUNTED_MEMBERS = (MemberState.ACTIVE, MemberState.INVITED, MemberState.REQUESTED)
"""Whose wish counts among those who have a membership: not who left, was declined or sent away."""

COUNTED_PROSPECTS = (
    ProspectState.CAPTURED,
    ProspectState.CONTACTED,
    ProspectState.INTERESTED,
    ProspectState.INVITED,
    ProspectState.JOINED,
)
"""Whose wish counts among prospects; that of one who joined counts as the member's."""

DEMAND_THRESHOLD = 5
"""How many people have to want a community unless it says otherwise."""

NOT_STARTED = (CommunityState.DRAFT, CommunityState.GATHERING)
"""Where demand decides something."""

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
    if state is CommunityState.DRAFT and has_to_gather(kind):
        verbs.remove(CommunityVerb.ACTIVATE)
    if archived_for is not None and archived_for > RESTORE_WITHIN:
        verbs = [verb for verb in verbs if verb is not CommunityVerb.RESTORE]
    return verbs


def community_after(verb: CommunityVerb) -> CommunityState:
    """The state `verb` leads to."""
    return _TO[verb]


def whole_charter(kept: dict[str, Any]) -> dict[str, Any]:
    """A charter with every part; communities founded before there were charters keep an empty one."""
    return {"values": [], "norms": [], "shared_identity": None} | kept


def is_reached(interested: int, threshold: int) -> bool:
    """Whether enough people want a community: there is no community of one."""
    return interested >= threshold


def missing(interested: int, threshold: int) -> int:
    """How many more people have to want it."""
    return max(threshold - interested, 0)


def crossing(interested: int, threshold: int, *, was_reached: bool) -> bool | None:
    """True when the threshold has been reached since, False when it no longer is, else None."""
    reached = is_reached(interested, threshold)
    return None if reached is was_reached else reached


def has_to_gather(kind: CommunityKind) -> bool:
    """Whether a community starts only with enough demand: one of interest does."""
    return kind is CommunityKind.COI


def takes_members(state: CommunityState) -> bool:
    """Whether people may join: a draft already does, a paused or archived community does not."""
    return state not in (CommunityState.PAUSED, CommunityState.ARCHIVED)

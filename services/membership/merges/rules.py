"""How two members become one and two again."""

from datetime import datetime, timedelta
from enum import StrEnum

from services.membership.members.rules import MemberState

REVERSIBLE_FOR = timedelta(days=180)


class MergeState(StrEnum):
    PROPOSED = "proposed"
    APPLIED = "applied"
    REVERTED = "reverted"
    REJECTED = "rejected"


class MergeVerb(StrEnum):
    APPLY = "apply"
    REVERT = "revert"
    REJECT = "reject"


_STEPS: dict[MergeVerb, tuple[MergeState, MergeState]] = {
    MergeVerb.APPLY: (MergeState.PROPOSED, MergeState.APPLIED),
    MergeVerb.REVERT: (MergeState.APPLIED, MergeState.REVERTED),
    MergeVerb.REJECT: (MergeState.PROPOSED, MergeState.REJECTED),
}


def merge_verbs(state: MergeState) -> list[MergeVerb]:
    """What may be done with a merge; reverting within `REVERSIBLE_FOR` only."""
    return [verb for verb, (before, _) in _STEPS.items() if before is state]


def merge_after(verb: MergeVerb) -> MergeState:
    """The state `verb` leads to."""
    return _STEPS[verb][1]


SURVIVORS = frozenset({MemberState.ACTIVE, MemberState.SUSPENDED, MemberState.BANNED})
"""Who may stand for somebody else; whoever left comes back first."""

MERGEABLE = SURVIVORS | {MemberState.LEFT}
"""Who may be merged: not who only asked or was invited, and nobody who is gone."""

HOLDERS = frozenset({MemberState.ACTIVE, MemberState.SUSPENDED})
"""Who has roles, functions and groups."""


def later(end: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends; None never comes."""
    return None if end is None or other is None else max(end, other)


def is_over(end: datetime | None, now: datetime) -> bool:
    """Whether what was granted until `end` has run out."""
    return end is not None and end <= now


def reversible_until(now: datetime, before: datetime | None) -> datetime:
    """Until when a merge may be undone; later than that of the merge into the same survivor `before`.

    So that this alone says which of two was applied first, whatever clocks say.
    """
    end = now + REVERSIBLE_FOR
    return end if before is None else max(end, before + timedelta(microseconds=1))

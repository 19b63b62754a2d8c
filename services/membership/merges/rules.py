"""How two members become one and two again."""

from datetime import timedelta
from enum import StrEnum

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


def merge_verbs(state: MergeState, applied_for: timedelta | None = None) -> list[MergeVerb]:
    """What may be done with a merge; it is reverted within `REVERSIBLE_FOR` or stays."""
    verbs = [verb for verb, (before, _) in _STEPS.items() if before is state]
    if applied_for is not None and applied_for > REVERSIBLE_FOR:
        verbs = [verb for verb in verbs if verb is not MergeVerb.REVERT]
    return verbs


def merge_after(verb: MergeVerb) -> MergeState:
    """The state `verb` leads to."""
    return _STEPS[verb][1]

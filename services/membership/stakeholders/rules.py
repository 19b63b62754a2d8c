"""Whose word counts, and from which side."""

from enum import StrEnum


class Side(StrEnum):
    INTERNAL = "internal"
    EXTERNAL = "external"


class StakeholderState(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class StakeholderVerb(StrEnum):
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"


_STEPS: dict[StakeholderVerb, tuple[StakeholderState, StakeholderState]] = {
    StakeholderVerb.DEACTIVATE: (StakeholderState.ACTIVE, StakeholderState.INACTIVE),
    StakeholderVerb.REACTIVATE: (StakeholderState.INACTIVE, StakeholderState.ACTIVE),
}


def stakeholder_verbs(state: StakeholderState) -> list[StakeholderVerb]:
    """What may be done with a stakeholder now."""
    return [verb for verb, (before, _) in _STEPS.items() if before is state]


def stakeholder_after(verb: StakeholderVerb) -> StakeholderState:
    """The state `verb` leads to."""
    return _STEPS[verb][1]

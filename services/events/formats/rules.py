"""How a format comes into use: candidate, trial, empowered, retired (seed S0:23)."""

from enum import StrEnum


class FormatState(StrEnum):
    CANDIDATE = "candidate"
    TRIAL = "trial"
    EMPOWERED = "empowered"
    RETIRED = "retired"


class FormatVerb(StrEnum):
    TRIAL = "trial"
    EMPOWER = "empower"
    RETIRE = "retire"


class Setting(StrEnum):
    """Where people meet."""

    ONLINE = "online"
    IN_PERSON = "in_person"
    HYBRID = "hybrid"


class Effort(StrEnum):
    """What a format asks of those who organise it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_FROM: dict[FormatVerb, frozenset[FormatState]] = {
    FormatVerb.TRIAL: frozenset({FormatState.CANDIDATE}),
    FormatVerb.EMPOWER: frozenset({FormatState.CANDIDATE, FormatState.TRIAL}),
    FormatVerb.RETIRE: frozenset({FormatState.CANDIDATE, FormatState.TRIAL, FormatState.EMPOWERED}),
}
_TO: dict[FormatVerb, FormatState] = {
    FormatVerb.TRIAL: FormatState.TRIAL,
    FormatVerb.EMPOWER: FormatState.EMPOWERED,
    FormatVerb.RETIRE: FormatState.RETIRED,
}


def verbs(state: FormatState) -> list[FormatVerb]:
    """What may be done with a format now."""
    return [verb for verb in FormatVerb if state in _FROM[verb]]


def after(verb: FormatVerb) -> FormatState:
    """The state `verb` leads to."""
    return _TO[verb]

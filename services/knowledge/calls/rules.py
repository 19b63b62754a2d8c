"""The life of a call for a contribution."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class CallState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class CallVerb(StrEnum):
    CHANGE = "change"
    CLAIM = "claim"
    RELEASE = "release"
    FULFIL = "fulfil"
    WITHDRAW = "withdraw"


MOVES: Mapping[CallState, Mapping[CallVerb, CallState]] = {
    CallState.OPEN: {
        CallVerb.CHANGE: CallState.OPEN,
        CallVerb.CLAIM: CallState.CLAIMED,
        CallVerb.FULFIL: CallState.FULFILLED,
        CallVerb.WITHDRAW: CallState.WITHDRAWN,
    },
    CallState.CLAIMED: {
        CallVerb.CHANGE: CallState.CLAIMED,
        CallVerb.RELEASE: CallState.OPEN,
        CallVerb.FULFIL: CallState.FULFILLED,
        CallVerb.WITHDRAW: CallState.WITHDRAWN,
    },
}
"""Whoever claimed it gives it back (`release`); the clock expires what is neither fulfilled nor withdrawn."""


def standing(state: CallState, until: datetime | None, now: datetime) -> CallState:
    """How a call stands at a moment, whether the clock has seen to it or not."""
    return CallState.EXPIRED if state in MOVES and until is not None and until <= now else state


def verbs(state: CallState) -> list[str]:
    """What may be done with a call in this state."""
    return [verb.value for verb in MOVES.get(state, {})]

"""The path of somebody who wants to lead: applied, reviewed, accepted, and one day an alumnus."""

from enum import StrEnum


class LeaderState(StrEnum):
    """Where an application stands; an accepted one is a leader in office."""

    APPLIED = "applied"
    REVIEWING = "reviewing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ALUMNI = "alumni"


class LeaderVerb(StrEnum):
    SPONSOR = "sponsor"
    REVIEW = "review"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    GRADUATE = "graduate"


_NEXT: dict[tuple[LeaderState, LeaderVerb], LeaderState] = {
    (LeaderState.APPLIED, LeaderVerb.SPONSOR): LeaderState.APPLIED,
    (LeaderState.APPLIED, LeaderVerb.REVIEW): LeaderState.REVIEWING,
    (LeaderState.APPLIED, LeaderVerb.WITHDRAW): LeaderState.WITHDRAWN,
    (LeaderState.REVIEWING, LeaderVerb.SPONSOR): LeaderState.REVIEWING,
    (LeaderState.REVIEWING, LeaderVerb.ACCEPT): LeaderState.ACCEPTED,
    (LeaderState.REVIEWING, LeaderVerb.DECLINE): LeaderState.DECLINED,
    (LeaderState.REVIEWING, LeaderVerb.WITHDRAW): LeaderState.WITHDRAWN,
    (LeaderState.ACCEPTED, LeaderVerb.GRADUATE): LeaderState.ALUMNI,
}


def after(state: LeaderState, verb: LeaderVerb) -> LeaderState | None:
    """The state `verb` leads to; None where it is not possible."""
    return _NEXT.get((state, verb))


def verbs(state: LeaderState) -> list[str]:
    """What can be done in `state`."""
    return [verb.value for known, verb in _NEXT if known is state]

"""Who came: entries and exits as devices saw them, the latest by the device's time deciding."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class CheckInKind(StrEnum):
    ENTRY = "entry"
    EXIT = "exit"


class CheckInOutcome(StrEnum):
    """What became of one check-in.

    It counts (`applied`), was known, is older than what counts (`superseded`), contradicts what is known and
    is kept for people to look at (`conflict`), cannot be and is not kept (`refused`), or counted until an
    organiser said otherwise (`voided`)."""

    APPLIED = "applied"
    REPEATED = "repeated"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"
    REFUSED = "refused"
    VOIDED = "voided"


class CheckInReason(StrEnum):
    """Why a check-in did not count."""

    UNKNOWN_REGISTRATION = "unknown_registration"
    IN_THE_FUTURE = "in_the_future"
    NO_SEAT = "no_seat"
    CONTRADICTS = "contradicts"
    OLDER = "older"


COUNTED = (CheckInOutcome.APPLIED, CheckInOutcome.SUPERSEDED)
"""Outcomes of what was seen of somebody, whether it decides or not."""
TOLERANCE = timedelta(minutes=5)
"""How far a device's clock may be ahead."""


class Verdict(NamedTuple):
    outcome: CheckInOutcome
    reason: CheckInReason | None = None


class Seen(NamedTuple):
    """What counts of a registration: when something was seen last, and what at the moment in question."""

    latest: datetime | None = None
    then: frozenset[CheckInKind] = frozenset()


def judged(at: datetime, kind: CheckInKind, *, now: datetime, has_seat: bool, seen: Seen) -> Verdict:
    """What becomes of a check-in nobody has sent before.

    The last by the device's time decides. Of two that contradict one another at the same instant the first
    one heard of stays; that instant again with the same kind tells nothing new."""
    if at > now + TOLERANCE:
        return Verdict(CheckInOutcome.REFUSED, CheckInReason.IN_THE_FUTURE)
    if not has_seat:
        return Verdict(CheckInOutcome.CONFLICT, CheckInReason.NO_SEAT)
    if seen.then - {kind}:
        return Verdict(CheckInOutcome.CONFLICT, CheckInReason.CONTRADICTS)
    if seen.latest is not None and at <= seen.latest:
        return Verdict(CheckInOutcome.SUPERSEDED, CheckInReason.OLDER)
    return Verdict(CheckInOutcome.APPLIED)

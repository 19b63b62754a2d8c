"""Who has a seat: the states of a registration, what takes a seat, and who is next on the waiting list."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar


class RegistrationState(StrEnum):
    PENDING_APPROVAL = "pending_approval"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    NO_SHOW = "no_show"


class RegistrationVerb(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    ACCEPT_OFFER = "accept-offer"
    DECLINE_OFFER = "decline-offer"
    CONFIRM_NEW_TIME = "confirm-new-time"


class RegistrationSource(StrEnum):
    MEMBER = "member"
    ORGANISER = "organiser"
    SERIES = "series"
    IMPORT = "import"


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class SeatStep(StrEnum):
    """What happened to a registration's place, as the seat log tells it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CAPACITY = "capacity"


_S = RegistrationState
SEATED = frozenset({_S.CONFIRMED, _S.OFFERED, _S.CHECKED_IN, _S.CHECKED_OUT, _S.NO_SHOW})
"""States whose party takes seats."""
CAME = (_S.CHECKED_IN, _S.CHECKED_OUT)
COMING = (_S.CONFIRMED, *CAME)
"""Who said that they come, and still do."""
ACTIVE = SEATED | {_S.PENDING_APPROVAL, _S.WAITLISTED}
"""A member has one registration of these per event."""
_FROM: dict[RegistrationVerb, frozenset[RegistrationState]] = {
    RegistrationVerb.APPROVE: frozenset({_S.PENDING_APPROVAL}),
    RegistrationVerb.REJECT: frozenset({_S.PENDING_APPROVAL}),
    RegistrationVerb.CANCEL: frozenset({_S.PENDING_APPROVAL, _S.CONFIRMED, _S.WAITLISTED, _S.OFFERED}),
    RegistrationVerb.ACCEPT_OFFER: frozenset({_S.OFFERED}),
    RegistrationVerb.DECLINE_OFFER: frozenset({_S.OFFERED}),
    RegistrationVerb.CONFIRM_NEW_TIME: frozenset({_S.CONFIRMED}),
}


def verbs(state: RegistrationState) -> list[RegistrationVerb]:
    """What may be done with a registration now."""
    return [verb for verb in RegistrationVerb if state in _FROM[verb]]


def is_late(now: datetime, starts_at: datetime, cutoff_minutes: int) -> bool:
    """Whether cancelling at `now` is late: less than the cutoff before the start."""
    return now > starts_at - timedelta(minutes=cutoff_minutes)


def offer_ends(now: datetime, offer_minutes: int, starts_at: datetime) -> datetime:
    """Until when an offer made now stands: never beyond the start."""
    return min(now + timedelta(minutes=offer_minutes), starts_at)


class Waiting(NamedTuple):
    """Somebody on the waiting list, in the order of `seq`."""

    seq: int
    party_size: int


W = TypeVar("W", bound=Waiting)


def promoted(free: int, waiting: Iterable[W], *, allow_skip: bool) -> list[W]:
    """Who is offered the `free` seats, first come first served.

    A party that does not fit keeps its place; only with `allow_skip` those behind it who do fit pass it."""
    chosen: list[W] = []
    for each in waiting:
        if free <= 0:
            break
        if each.party_size <= free:
            chosen.append(each)
            free -= each.party_size
        elif not allow_skip:
            break
    return chosen


WAITING_MAX = 2000
"""Seats that may wait for one event, unless it says less: all of them are promoted by one write."""


def enters(free: int | None, party_size: int, *, behind: bool, allow_skip: bool) -> RegistrationState:
    """What becomes of a party that may come: a seat, unless somebody waits before it, or it does not fit."""
    fits = free is None or party_size <= free
    return _S.CONFIRMED if fits and (allow_skip or not behind) else _S.WAITLISTED


def may_grow(free: int | None, by: int, *, waiting: int, allow_skip: bool) -> bool:
    """Whether a party with seats may have `by` more: never past those who wait, unless they may be passed."""
    return by <= 0 or free is None or (by <= free and (waiting == 0 or allow_skip))


def reconfirmable(state: RegistrationState, *, asked: bool) -> list[RegistrationVerb]:
    """What may be done with a registration of an event that may have been moved."""
    return [verb for verb in verbs(state) if asked or verb is not RegistrationVerb.CONFIRM_NEW_TIME]


def reaches(offered: str, wanted: str) -> bool:
    """Whether a series whose registrations reach as far as `offered` takes one as far as `wanted`."""
    order = ("one", "following", "all")
    return order.index(wanted) <= order.index(offered)

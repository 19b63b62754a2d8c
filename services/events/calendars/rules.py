"""Calendars read and written: how an event's state is said in iCalendar, and what is read from elsewhere."""

from datetime import timedelta
from enum import StrEnum


class SubscriptionState(StrEnum):
    ACTIVE = "active"
    FAILING = "failing"
    ENDED = "ended"


class Status(StrEnum):
    """RFC 5545, 3.8.1.11."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Trouble(StrEnum):
    """Why a calendar could not be fetched, in one word; `status_404` and the like beside these."""

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    NO_CALENDAR = "no_calendar"
    NOT_KEPT = "not_kept"


FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)


def pause(failures: int) -> timedelta:
    """How long after so many failures in a row the next attempt is: doubled each time, a day at most."""
    return min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)


TOKEN_BYTES = 32
CALENDAR_BYTES_MAX = 10_000_000
"""A subscribed calendar; a larger file is imported in pieces."""
PIECE_EVENTS = 100
"""Components the importer takes at once: their parsing holds nobody up for long."""

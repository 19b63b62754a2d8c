"""What every part of events agrees on: the moments it can write, and how a local time becomes an instant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(2200, 1, 1, tzinfo=UTC)
HORIZON_DAYS = 180
"""How far ahead occurrences of a series exist as events."""


def moment(at: datetime) -> datetime:
    """`at`, or the nearest moment that every zone and both databases can write."""
    return min(max(at, EPOCH), END_OF_TIME)


def local_text(local: datetime) -> str:
    """A local time as it is kept."""
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time (RFC 5545, 3.3.5).

    One that a clock change skips counts with the offset before it, and one that comes twice is the first.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)

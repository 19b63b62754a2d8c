"""What every part of membership agrees on: the moments it can write."""

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC)


def moment(at: datetime) -> datetime:
    """`at`, or the nearest moment that every zone and both databases can write."""
    return min(max(at, EPOCH), END_OF_TIME)

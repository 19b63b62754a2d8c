"""Read single values of a source; what cannot be taken raises NotUnderstood."""

from datetime import UTC, datetime


class NotUnderstood(ValueError):
    """The row cannot be taken; the text says why."""


def instant(name: str, text: str) -> datetime:
    """A time in UTC; one without a zone is taken as UTC."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotUnderstood(f"{name} {text[:40]!r} is not a time (ISO 8601)") from None


def whole_number(name: str, text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise NotUnderstood(f"{name} {text[:40]!r} is not a whole number") from None

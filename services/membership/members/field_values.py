"""What a custom field takes: a value of its kind, bounded, and of its options."""

from collections.abc import Collection
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from services.membership.members.rules import FieldKind

FIELDS_LIMIT = 50
OPTIONS_LIMIT = 100
TEXT_LIMIT = 500
LARGEST_NUMBER = 10**15
HAS_OPTIONS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})


def complaint(kind: FieldKind, options: Collection[str], value: Any) -> str | None:
    """What is wrong with `value`, None when the field takes it."""
    return _EXPECTED[kind] if not _TAKES[kind](value, options) else None


def _is_text(value: Any, _options: Collection[str]) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT


def _is_number(value: Any, _options: Collection[str]) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def _is_date(value: Any, _options: Collection[str]) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_choice(value: Any, options: Collection[str]) -> bool:
    return isinstance(value, str) and value in options


def _are_choices(value: Any, options: Collection[str]) -> bool:
    return isinstance(value, list) and len(set(value)) == len(value) > 0 and set(value) <= set(options)


def _is_flag(value: Any, _options: Collection[str]) -> bool:
    return isinstance(value, bool)


def _is_url(value: Any, _options: Collection[str]) -> bool:
    if not _is_text(value, ()) or any(character.isspace() for character in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


_TAKES = {
    FieldKind.TEXT: _is_text,
    FieldKind.NUMBER: _is_number,
    FieldKind.DATE: _is_date,
    FieldKind.CHOICE: _is_choice,
    FieldKind.CHOICES: _are_choices,
    FieldKind.FLAG: _is_flag,
    FieldKind.URL: _is_url,
}
_EXPECTED = {
    FieldKind.TEXT: f"a text of 1 to {TEXT_LIMIT} characters",
    FieldKind.NUMBER: f"a number of at most {LARGEST_NUMBER}",
    FieldKind.DATE: "a date as 2026-01-31",
    FieldKind.CHOICE: "one of the options",
    FieldKind.CHOICES: "a list of different options",
    FieldKind.FLAG: "true or false",
    FieldKind.URL: "an http or https address without a user name",
}

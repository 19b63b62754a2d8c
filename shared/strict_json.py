"""JSON both databases can keep: no NUL, lone surrogate, NaN, duplicate member, bottomless nesting."""

import json
import re
from typing import Any

from pydantic_core import from_json

from shared.problems import BadRequest, Unprocessable

MAX_DEPTH = 64
_CONTAINERS = frozenset({dict, list})
_SPACED_COLON = re.compile(rb'"\s+:')


class MalformedJson(BadRequest):
    title = "Malformed JSON"


class UnusableText(Unprocessable):
    """Text holds a character no database keeps: NUL or half a surrogate pair."""

    title = "Text with unusable characters"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("a member is given twice")
    return members


def _no_constant(name: str) -> Any:
    raise MalformedJson(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def check(body: bytes) -> None:
    """Raise `MalformedJson` or `UnusableText` for a body that must not reach a model."""
    if not _is_surely_clean(body):
        _check_thoroughly(body)


def _is_surely_clean(body: bytes) -> bool:
    """Whether a quick look suffices: nothing is escaped, and there are as many members as names.

    Without escapes every `":` ends a name, or begins a text, which only sends a clean body the longer way.
    """
    if b"\\" in body or _SPACED_COLON.search(body):
        return False
    try:
        members, depth = _measured(from_json(body, allow_inf_nan=False))
    except ValueError:
        return False
    return members == body.count(b'":') and depth <= MAX_DEPTH


def _measured(value: Any) -> tuple[int, int]:
    """How many members the objects within `value` have together, and how deep it is nested."""
    members = depth = 0
    level = [value] if type(value) in _CONTAINERS else []
    while level:
        below: list[Any] = []
        for item in level:
            members += len(item) if isinstance(item, dict) else 0
            inner = item.values() if isinstance(item, dict) else item
            if not _CONTAINERS.isdisjoint(map(type, inner)):
                below += [child for child in inner if type(child) in _CONTAINERS]
        depth += 1
        level = below
    return members, depth


def _check_thoroughly(body: bytes) -> None:
    try:
        text = body.decode("utf-8")
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedJson("the body is not JSON we accept") from error
    if "\\u" in text:
        require_clean(value)
    if _measured(value)[1] > MAX_DEPTH:
        raise MalformedJson(f"nested deeper than {MAX_DEPTH}")


def require_clean(value: Any) -> None:
    """Raise `UnusableText` when any text within `value` holds NUL or a lone surrogate."""
    for text in _texts(value):
        if "\0" in text or (not text.isprintable() and any("\ud800" <= char <= "\udfff" for char in text)):
            raise UnusableText


def _texts(value: Any) -> list[str]:
    found: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return found

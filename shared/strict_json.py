"""JSON both databases can keep: no NUL, lone surrogate, NaN, duplicate member, bottomless nesting."""

import json
from typing import Any

from shared.problems import BadRequest, Unprocessable

MAX_DEPTH = 64


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
    try:
        text = body.decode("utf-8")
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedJson("the body is not JSON we accept") from error
    if "\\u" in text:
        require_clean(value)
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
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


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return depth

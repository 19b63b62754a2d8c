"""How a part of the API speaks: its media types, its refusals and its entity tags.

Everything speaks JSON and problem documents (RFC 9457), but `/scim`, whose clients are not ours.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.problems import MEDIA_TYPE, Problem, Stale
from shared.versions import etag, expected_version

ROOT_OF_SCIM = "/scim/"
SCIM_MEDIA_TYPE = "application/scim+json"
SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a route answers and takes; `refusal` gives the status and body of a problem."""

    media_type: str
    takes: frozenset[bytes]
    problem_type: str
    refusal: Callable[[Problem], tuple[int, bytes]]
    etag: Callable[[int], str]
    expected_version: Callable[[str | None], int | None]


def _document(problem: Problem) -> tuple[int, bytes]:
    return problem.status, problem.body()


_SCIM_TYPES = {
    "MalformedJson": "invalidSyntax",
    "UnusableText": "invalidValue",
    "InvalidInput": "invalidValue",
}
"""Refusals of the kit that SCIM has a word for; its own ones carry theirs."""

_WEAK = re.compile(r'\s*(?:W/)?("[^"]*")\s*')


def _scim_error(problem: Problem) -> tuple[int, bytes]:
    """The problem as RFC 7644 section 3.12 has it; input it would call 422 is 400 there."""
    status = 400 if problem.status == 422 else problem.status
    kind = getattr(problem, "scim_type", None) or _SCIM_TYPES.get(type(problem).__name__)
    error: dict[str, Any] = {"schemas": [SCIM_ERROR], "status": str(status)}
    if kind is not None:
        error["scimType"] = kind
    error["detail"] = "; ".join([problem.detail or problem.title, *_reasons(problem)])
    return status, json.dumps(error, ensure_ascii=False).encode("utf-8", "replace")


def _reasons(problem: Problem) -> list[str]:
    places = problem.members.get("errors") or ()
    return [f"{'.'.join(place['where'])}: {place['reason']}" for place in places]


def _weak_etag(version: int) -> str:
    """The same version is the same resource, though a name shown within it may have changed."""
    return f"W/{etag(version)}"


def _weakly_expected(if_match: str | None) -> int | None:
    """As `expected_version`, of weak tags too; without the header any version will do (RFC 7644 3.14)."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _WEAK.fullmatch(if_match)
    if tag is None:
        raise Stale
    return expected_version(tag[1])


JSON = Dialect(
    media_type="application/json",
    takes=frozenset({b"application/json"}),
    problem_type=MEDIA_TYPE,
    refusal=_document,
    etag=etag,
    expected_version=expected_version,
)
SCIM = Dialect(
    media_type=SCIM_MEDIA_TYPE,
    takes=frozenset({b"application/scim+json", b"application/json"}),
    problem_type=SCIM_MEDIA_TYPE,
    refusal=_scim_error,
    etag=_weak_etag,
    expected_version=_weakly_expected,
)


def dialect_of(path: str) -> Dialect:
    """What is spoken at a path."""
    return SCIM if path.startswith(ROOT_OF_SCIM) else JSON

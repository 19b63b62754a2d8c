"""ETag and If-Match: the version of an aggregate as HTTP speaks of it (RFC 9110 sections 8.8.3 and 13.1)."""

from shared.problems import PreconditionRequired, Stale

_LARGEST = 2**31 - 1
"""The largest version a store can keep (a 32-bit integer column); no aggregate reaches it."""


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """The version `If-Match` asks for, None for `*`; 428 without the header, 412 for a tag we never gave."""
    if if_match is None:
        raise PreconditionRequired("send If-Match with the ETag you read")
    tag = if_match.strip()
    if tag == "*":
        return None
    digits = tag[1:-1]
    if (
        len(tag) < 3
        or tag[0] != '"'
        or tag[-1] != '"'
        or not (digits.isascii() and digits.isdigit())
        or len(digits) > 18
        or (version := int(digits)) > _LARGEST
    ):
        raise Stale
    return version

"""Which web pages may call from a browser: an allow-list of origins (Fetch standard, CORS protocol)."""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

_EXPOSED = b"etag, location, retry-after, ratelimit, ratelimit-policy, x-request-id"
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS = b"authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id"


class Cors:
    """Credentials travel in the Authorization header alone, so cookies are never allowed along."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.strip().encode() for origin in origins if origin.strip())

    def headers(self, origin: bytes) -> Headers:
        """What an answer to a page of `origin` carries; nothing that lets it in unless it is listed."""
        if origin not in self._origins:
            return [(b"vary", b"origin")]
        return [
            (b"vary", b"origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    def preflight(self, origin: bytes) -> Headers:
        """What the answer to a browser that asks before it calls carries beside `headers`."""
        if origin not in self._origins:
            return []
        return [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _HEADERS),
            (b"access-control-max-age", b"600"),
        ]

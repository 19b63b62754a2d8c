"""How often one caller may ask: a token bucket for every principal, and one for every address without any."""

from collections.abc import Hashable

from services.gateway.rules import Bucket
from shared.problems import TooManyRequests

LIMIT = 50_000
"""Buckets remembered; the one that was begun first is forgotten, which only ever favours its caller."""


class RateLimited(TooManyRequests):
    """The bucket is empty; `Retry-After` says when it is not."""

    title = "Too many requests"


class Limits:
    """Token buckets of `per_second` requests sustained and `burst` at once."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, burst
        self._buckets: dict[Hashable, Bucket] = {}

    def of(self, caller: Hashable, now: float) -> Bucket:
        """The caller's bucket, the same for all their credentials."""
        bucket = self._buckets.get(caller)
        if bucket is None:
            if len(self._buckets) >= LIMIT:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[caller] = Bucket(self._per_second, self._burst, self._burst, now)
        return bucket

    def refusal(self, wait_seconds: float) -> RateLimited:
        """The problem for a caller who has to wait, with the header fields of the IETF rate limit draft."""
        seconds = max(1, round(wait_seconds + 0.5))
        window = max(1, round(self._burst / self._per_second))
        return RateLimited(
            headers={
                "Retry-After": str(seconds),
                "RateLimit": f'"default";r=0;t={seconds}',
                "RateLimit-Policy": f'"default";q={self._burst};w={window}',
            }
        )

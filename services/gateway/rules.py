"""What is pure about the gateway: token buckets, request ids, scopes of clients, expiry."""

import re
from dataclasses import dataclass

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Bucket:
    """A token bucket: `burst` requests at once, `per_second` sustained."""

    per_second: float
    burst: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take one token at `now` (seconds, any clock that never goes back).

        0.0 when there was one, else the seconds until there will be.
        """
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.per_second)
        self.at = now
        if self.tokens >= 1.0:
            self.tokens -= 1.0
            return 0.0
        return (1.0 - self.tokens) / self.per_second

"""What is pure about the gateway: token buckets, request ids, API keys and their scopes."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_API_KEY = re.compile(r"gh_([a-z]+)_([0-9a-f]{32})_[0-9a-f]{64}")

LONGEST_LIFE = timedelta(days=365)
LONGEST_GRACE = timedelta(days=7)


class ClientKind(StrEnum):
    """What sort of program it is."""

    FRONTEND = "frontend"
    SERVICE = "service"
    PARTNER = "partner"
    STAFF = "staff"


class ClientState(StrEnum):
    """While `rotating` the previous key still works."""

    ACTIVE = "active"
    ROTATING = "rotating"
    EXPIRED = "expired"
    REVOKED = "revoked"


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


def is_request_id(given: bytes) -> bool:
    """Whether a caller's request id may go into logs and headers as it is."""
    return _REQUEST_ID.fullmatch(given) is not None


def new_key(environment: str, client_id: UUID) -> str:
    """An API key `gh_<env>_<id>_<secret>` with 256 random bits."""
    return f"gh_{environment}_{client_id.hex}_{secrets.token_hex(32)}"


def client_of(key: str, environment: str) -> UUID | None:
    """The client an API key claims to belong to; None when it is no key of this environment."""
    found = _API_KEY.fullmatch(key)
    return UUID(found[2]) if found is not None and found[1] == environment else None


def digest(key: str) -> str:
    """What is kept of a key; 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def opens(
    key: str, current: str, previous: str | None, previous_until: datetime | None, now: datetime
) -> bool:
    """Whether `key` is the current one, or the previous one in its grace; takes the same time for any."""
    given = digest(key)
    is_current = hmac.compare_digest(given, current)
    is_previous = hmac.compare_digest(given, previous or "")
    return is_current or (is_previous and previous_until is not None and now < previous_until)


def state_of(
    revoked_at: datetime | None, expires_at: datetime, previous_until: datetime | None, now: datetime
) -> ClientState:
    """The state of a client at `now`."""
    if revoked_at is not None:
        return ClientState.REVOKED
    if expires_at <= now:
        return ClientState.EXPIRED
    return ClientState.ROTATING if previous_until is not None and now < previous_until else ClientState.ACTIVE


def scopes_beyond(scopes: Iterable[str], level: int, own: frozenset[str] | None) -> list[str]:
    """The scopes a person of `level`, or a key with the scopes `own`, has not got to give away.

    Some of what `membership:admin` opens is an owner's alone (archiving, granting roles).
    """
    if own is not None:
        return sorted(set(scopes) - own)
    return [scope for scope in scopes if scope == "membership:admin" and level < 4]

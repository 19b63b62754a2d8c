"""Who holds a credential: an Authorization header in -> key or token checked -> a principal."""

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import structlog

from services.gateway import oidc
from services.gateway.limits import Limits
from services.gateway.rules import Bucket
from shared.clock import now
from shared.problems import Unauthorised
from shared.tokens import token_of

REMEMBERED = 20_000
PERSON_SECONDS = 300.0
KEY_SECONDS = 5.0
"""How long a credential is believed without a new check; a revoked key is dead everywhere within this."""

log = structlog.get_logger("authentication")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The client an API key belongs to."""

    client_id: UUID
    community_id: UUID
    scopes: frozenset[str]
    expires: float


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """Who is calling. `name` tells principals apart; `until` is a moment of the monotonic clock."""

    kind: Literal["owner", "client", "person"]
    name: tuple[str, str]
    until: float
    bucket: Bucket
    client: KeyHolder | None = None


class Principals:
    """Checks credentials and remembers the outcome by the header they came in."""

    def __init__(
        self,
        owner_key: str,
        issuers: Mapping[str, oidc.Issuer],
        key_holder: Callable[[str], Awaitable[KeyHolder | None]],
        limits: Limits,
    ) -> None:
        self._owner = hashlib.sha256(owner_key.encode()).digest()
        self._issuers = issuers
        self._key_holder = key_holder
        self._limits = limits
        self._known: dict[bytes, Principal] = {}

    async def of(self, authorization: bytes | None, moment: float) -> Principal:
        """The principal; `Unauthorised` when the header is missing or proves nothing."""
        known = self._known.get(authorization or b"")
        if known is not None and known.until > moment:
            return known
        return await self._check(token_of(authorization), authorization or b"")

    async def _check(self, token: bytes, authorization: bytes) -> Principal:
        if hmac.compare_digest(hashlib.sha256(token).digest(), self._owner):
            principal = self._principal("owner", ("key", "owner"), PERSON_SECONDS)
        elif token.startswith(b"gh_"):
            principal = await self._client(token)
        else:
            principal = await self._person(token)
        self._known.pop(authorization, None)
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[authorization] = principal
        return principal

    async def _client(self, token: bytes) -> Principal:
        holder = await self._key_holder(token.decode("latin-1"))
        if holder is None:
            raise Unauthorised
        seconds = min(KEY_SECONDS, holder.expires - now().timestamp())
        return self._principal("client", ("key", str(holder.client_id)), seconds, holder)

    async def _person(self, token: bytes) -> Principal:
        try:
            person = await oidc.verify(token, self._issuers)
        except oidc.TokenRefused as refused:
            log.info("token_refused", reason=str(refused))
            raise Unauthorised from refused
        seconds = min(PERSON_SECONDS, person.expires - now().timestamp())
        return self._principal("person", (person.issuer, person.subject), seconds)

    def _principal(
        self,
        kind: Literal["owner", "client", "person"],
        name: tuple[str, str],
        seconds: float,
        client: KeyHolder | None = None,
    ) -> Principal:
        moment = time.monotonic()
        return Principal(kind, name, moment + seconds, self._limits.of(name, moment), client)

    def forget_path(self, path: str) -> None:
        """A write went to `/v1/clients/{id}`: the client's keys are checked anew at the next request."""
        segments = path.split("/")
        if segments[2:3] == ["clients"] and len(segments) > 3:
            client_id = segments[3].lower().replace("-", "")
            for header in [h for h, known in self._known.items() if _is_of(known, client_id)]:
                del self._known[header]


def _is_of(principal: Principal, client_id: str) -> bool:
    return principal.client is not None and principal.client.client_id.hex == client_id

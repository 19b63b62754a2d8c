"""The signing keys of an OpenID Connect issuer: discovered, cached, and used on while the issuer is away."""

import asyncio
import time
from typing import Any

import httpx
import jwt
import structlog
from pydantic import TypeAdapter, ValidationError

log = structlog.get_logger("oidc")

FRESH_SECONDS = 3600.0
STALE_SECONDS = 24 * 3600.0
"""Older keys are not believed any more, whatever the reason they could not be renewed."""

PAUSE_SECONDS = 60.0
"""Between two attempts to fetch, however many unknown key ids arrive."""

ALGORITHMS = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Signatures accepted, with the kind of key each needs. Symmetric ones are not: a public key is no secret."""

_STRINGS = TypeAdapter(dict[str, Any])
_KEYS = TypeAdapter(list[dict[str, Any]])


class KeySet:
    """The keys of one issuer by key id; a key id that occurs twice names nobody."""

    def __init__(self, keys: list[dict[str, Any]]) -> None:
        signing = [key for key in keys if key.get("use", "sig") == "sig"]
        ids = [key.get("kid") for key in signing]
        self._keys = {key.get("kid"): key for key in signing if ids.count(key.get("kid")) == 1}
        self._made: dict[tuple[str | None, str], jwt.PyJWK] = {}

    def __contains__(self, key_id: str | None) -> bool:
        return key_id in self._keys

    def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key `key_id` if `algorithm` may be used with it; without an id, the only key there is."""
        if key_id is None and len(self._keys) == 1:
            key_id = next(iter(self._keys))
        found = self._keys.get(key_id)
        kind, curve = ALGORITHMS[algorithm]
        if found is None or found.get("kty") != kind or found.get("alg", algorithm) != algorithm:
            return None
        if curve is not None and found.get("crv") != curve:
            return None
        if (key_id, algorithm) not in self._made:
            self._made[key_id, algorithm] = jwt.PyJWK(found, algorithm)
        return self._made[key_id, algorithm]


class RemoteKeys:
    """The keys an issuer publishes (OpenID Connect Discovery 1.0 section 4, RFC 7517)."""

    def __init__(self, issuer: str, client: httpx.AsyncClient) -> None:
        self._issuer = issuer
        self._client = client
        self._keys: KeySet | None = None
        self._fetched = self._tried = -STALE_SECONDS
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key, fetched when it is unknown or the set is old; None when the issuer does not have it."""
        if self._wanted(key_id):
            async with self._fetching:
                if self._wanted(key_id):
                    await self._fetch()
        if self._keys is None or time.monotonic() - self._fetched > STALE_SECONDS:
            return None
        return self._keys.key(key_id, algorithm)

    def _wanted(self, key_id: str | None) -> bool:
        now = time.monotonic()
        if now - self._tried < PAUSE_SECONDS:
            return False
        known = self._keys is not None and (key_id is None or key_id in self._keys)
        return not known or now - self._fetched > FRESH_SECONDS

    async def _fetch(self) -> None:
        self._tried = time.monotonic()
        try:
            discovered = await self._get(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if discovered.get("issuer") != self._issuer:
                raise ValueError("discovery speaks for another issuer")
            published = await self._get(str(discovered.get("jwks_uri")))
            self._keys = KeySet(_KEYS.validate_python(published.get("keys")))
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError, ValueError) as error:
            log.warning("issuer_keys_unavailable", issuer=self._issuer, reason=str(error))
            return
        self._fetched = time.monotonic()

    async def _get(self, url: str) -> dict[str, Any]:
        answer = await self._client.get(url, headers={"accept": "application/json"})
        answer.raise_for_status()
        return _STRINGS.validate_json(answer.content)

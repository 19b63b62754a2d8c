"""Access tokens of OpenID Connect issuers: a token in -> signature and claims checked -> who signed in."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from services.gateway.jwks import ALGORITHMS
from shared.clock import now

SKEW_SECONDS = 60
TOKEN_LIMIT_BYTES = 8192

_TYPES = frozenset({None, "jwt", "at+jwt", "application/at+jwt"})
"""RFC 9068, and what issuers write who do not follow it."""

_ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash"})
_DECODER = jwt.PyJWT(options={"enforce_minimum_key_length": True})
_OPTIONS: Any = {
    "require": ["iss", "aud", "sub", "exp"],
    "verify_exp": False,  # against our own clock, below
    "verify_nbf": False,
    "verify_iat": False,
}


class TokenRefused(Exception):
    """The token proves nothing; the message says why, for the log only."""


class Keys(Protocol):
    """Where an issuer's keys come from."""

    def find(self, key_id: str | None, algorithm: str) -> Awaitable[jwt.PyJWK | None]:
        """The key for a signature, or None."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer that is believed, for tokens addressed to `audience`."""

    audience: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person as their issuer knows them, until `expires` (Unix seconds)."""

    issuer: str
    subject: str
    expires: float


async def verify(token: bytes, issuers: Mapping[str, Issuer]) -> SignedIn:
    """Who signed in, by the rules of RFC 8725; else `TokenRefused`.

    Of the header only `alg`, `kid` and `typ` are read: keys a token brings along or points at (`jwk`, `jku`,
    `x5u`, `x5c`) are nobody's. An unknown critical extension (`crit`) is refused.
    """
    if len(token) > TOKEN_LIMIT_BYTES:
        raise TokenRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or "crit" in header or _type(header) not in _TYPES:
            raise TokenRefused("algorithm, type or extension")
        claimed = _DECODER.decode(token, options={"verify_signature": False}).get("iss")
        issuer = issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            raise TokenRefused("unknown issuer")
        key = await issuer.keys.find(key_id, algorithm)
        if key is None:
            raise TokenRefused("unknown key")
        claims = _DECODER.decode(
            token, key, algorithms=[algorithm], audience=issuer.audience, issuer=claimed, options=_OPTIONS
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenRefused(str(error)) from error
    return _signed_in(claims)


def _type(header: dict[str, Any]) -> str | None:
    kind = header.get("typ")
    return kind.lower() if isinstance(kind, str) else kind


def _signed_in(claims: dict[str, Any]) -> SignedIn:
    """The claims' own rules: times within the skew, an access token and no other, a subject to tell apart."""
    present = now().timestamp()
    times = {name: claims.get(name) for name in ("exp", "nbf", "iat")}
    if any(not isinstance(value, (int, float)) for value in times.values() if value is not None):
        raise TokenRefused("times")
    if claims["exp"] <= present - SKEW_SECONDS:
        raise TokenRefused("expired")
    if any((times[name] or 0) > present + SKEW_SECONDS for name in ("nbf", "iat")):
        raise TokenRefused("not yet valid")
    if not _ID_TOKEN_CLAIMS.isdisjoint(claims) or claims.get("typ") in ("ID", "Refresh"):
        raise TokenRefused("not an access token")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise TokenRefused("subject")
    return SignedIn(claims["iss"], subject, claims["exp"] + SKEW_SECONDS)

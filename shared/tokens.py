"""Internal tokens: how one service vouches to another for the actor it speaks for.

The gateway signs a token for every forwarded request's actor; a service checks it with the gateway's public
key and never believes anybody else. Services call each other the same way.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import jwt

from shared.clock import seconds
from shared.identity import Actor
from shared.keys import Keys
from shared.problems import Unauthorised

TOKEN_SECONDS = 60
TOKEN_TYPE = "guildhall-internal+jwt"  # noqa: S105 - a media type


class Minter:
    """Makes internal tokens in the name of one service."""

    def __init__(self, service: str, keys: Keys) -> None:
        self._service = service
        self._key = keys.private

    def mint(self, actor: Actor, audience: str) -> str:
        """A token good for `TOKEN_SECONDS` at the service `audience`."""
        issued = int(seconds())
        claims = actor.claims() | {
            "iss": self._service,
            "aud": audience,
            "iat": issued,
            "exp": issued + TOKEN_SECONDS,
        }
        return jwt.encode(
            claims, self._key, algorithm="EdDSA", headers={"typ": TOKEN_TYPE, "kid": self._service}
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified token: which service vouches (`issuer`) for which actor, until when (Unix seconds)."""

    issuer: str
    actor: Actor
    expires: int


class Verifier:
    """Checks internal tokens addressed to one service; verified ones are remembered until they expire."""

    LIMIT = 5000

    def __init__(self, service: str, keys: Keys) -> None:
        self._service = service
        self._public = keys.public
        self._known: OrderedDict[bytes, Caller] = OrderedDict()

    def verify(self, token: bytes) -> Caller:
        """The caller a token speaks for; `Unauthorised` unless it is ours, unexpired and addressed to us."""
        known = self._known.get(token)
        if known is None:
            known = self._check(token)
            self._known[token] = known
            if len(self._known) > self.LIMIT:
                self._known.popitem(last=False)
        if known.expires <= seconds():
            self._known.pop(token, None)
            raise Unauthorised
        return known

    def _check(self, token: bytes) -> Caller:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TOKEN_TYPE or header.get("kid") not in self._public:
                raise Unauthorised
            issuer = header["kid"]
            options: Any = {
                "require": ["exp", "iat", "iss", "aud", "sub"],
                "verify_exp": False,
                "verify_iat": False,
            }
            claims = jwt.decode(
                token,
                self._public[issuer],
                algorithms=["EdDSA"],
                audience=self._service,
                issuer=issuer,
                options=options,
            )
            if claims["iat"] > seconds() + TOKEN_SECONDS:
                raise Unauthorised
            return Caller(issuer, Actor.from_claims(claims), int(claims["exp"]))
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise Unauthorised from error


def token_of(header: bytes | None) -> bytes:
    """The token in an `Authorization: Bearer` header; `Unauthorised` without one."""
    if header is None or header[:7].lower() != b"bearer ":
        raise Unauthorised
    return header[7:].strip()

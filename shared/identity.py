"""Who is calling: actors, internal tokens, and what a role or scope may do.

The gateway vouches for a caller with a token signed by its own key; a service checks it with the gateway's
public key and never believes anybody else. Services call each other the same way.
"""

import base64
import hashlib
import json
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.clock import now
from shared.facts import ActorKind
from shared.problems import Forbidden, Unauthorised
from shared.settings import SERVICES, Settings

TOKEN_SECONDS = 60
TOKEN_TYPE = "guildhall-internal+jwt"  # noqa: S105 - a media type
LEVELS = {"guest": 0, "member": 1, "editor": 2, "organizer": 2, "moderator": 2, "admin": 3, "owner": 4}
SIGNED_IN = frozenset(LEVELS)

Verb = Literal["read", "write", "admin"]
_VERBS: dict[Verb, int] = {"read": 0, "write": 1, "admin": 2}


@dataclass(frozen=True, slots=True)
class Permission:
    """What it takes: one of `roles` in the community, or an API key with `verb` on the route's service.

    `anybody` admits every signed-in person, member or not; the handler still hides what they may not know of.
    """

    roles: frozenset[str]
    verb: Verb
    anybody: bool = False


def _at_least(role: str) -> frozenset[str]:
    return frozenset(name for name, level in LEVELS.items() if level >= LEVELS[role])


def _only(*roles: str) -> frozenset[str]:
    return frozenset(roles) | {"admin", "owner"}


_MEMBERS = _at_least("member")
_TEAM = _at_least("editor")
_ADMINS = _at_least("admin")
_OWNERS = frozenset({"owner"})

PERMISSIONS: dict[str, Permission] = {
    "community.create": Permission(_OWNERS, "admin", anybody=True),
    "community.list": Permission(SIGNED_IN, "read", anybody=True),
    "community.read": Permission(SIGNED_IN, "read", anybody=True),
    "community.change": Permission(_ADMINS, "admin"),
    "community.run": Permission(_ADMINS, "admin"),
    "community.archive": Permission(_OWNERS, "admin"),
    "member.join": Permission(SIGNED_IN, "write", anybody=True),
    "member.read": Permission(SIGNED_IN, "read", anybody=True),
    "member.change": Permission(_MEMBERS, "write"),
    "member.leave": Permission(_MEMBERS, "write"),
    "member.rejoin": Permission(SIGNED_IN, "write", anybody=True),
    "member.import": Permission(_ADMINS, "admin"),
    "role.read": Permission(_MEMBERS, "read"),
    "role.grant": Permission(_ADMINS, "admin"),
    "identity.read": Permission(_ADMINS, "read"),
    "identity.link": Permission(_ADMINS, "admin"),
    "channel.read": Permission(SIGNED_IN, "read", anybody=True),
    "channel.manage": Permission(_only("organizer", "moderator"), "admin"),
    "activity.ingest": Permission(_ADMINS, "write"),
    "topic.read": Permission(SIGNED_IN, "read", anybody=True),
    "topic.write": Permission(_MEMBERS, "write"),
    "topic.moderate": Permission(_only("moderator"), "admin"),
    "post.write": Permission(_MEMBERS, "write"),
    "post.react": Permission(_MEMBERS, "write"),
    "read.record": Permission(_MEMBERS, "write"),
    "content.import": Permission(_ADMINS, "admin"),
    "metrics.read": Permission(_TEAM, "read"),
    "metrics.rebuild": Permission(_ADMINS, "admin"),
    "client.manage": Permission(_ADMINS, "admin"),
    "home.read": Permission(SIGNED_IN, "read", anybody=True),
    "status.read": Permission(SIGNED_IN, "read", anybody=True),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller, with the roles held in the community of the request."""

    kind: ActorKind
    id: str
    person_id: UUID | None = None
    member_id: UUID | None = None
    community_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    """What an API key may do, `<service>:<verb>`; None for everybody else, who has roles instead."""
    visible: bool = True
    """Whether this community may be known to the caller: it is public, or the caller belongs to it."""

    @property
    def level(self) -> int:
        """The level of the highest role; 0 without any."""
        return max((LEVELS[role] for role in self.roles), default=0)

    @property
    def is_owner_key(self) -> bool:
        """Whether this is the installation's own key, owner of every community."""
        return self.kind == "key" and self.scopes is None

    def may(self, permission: str, service: str = "") -> bool:
        """Whether the actor holds `permission`; API keys need its verb, or a stronger one, on `service`."""
        needed = PERMISSIONS[permission]
        if self.scopes is not None:
            wanted = _VERBS[needed.verb]
            return any(f"{service}:{verb}" in self.scopes for verb, rank in _VERBS.items() if rank >= wanted)
        if needed.anybody:
            return True
        return not self.roles.isdisjoint(needed.roles)

    def require(self, permission: str, service: str = "") -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if not self.may(permission, service):
            raise Forbidden

    def claims(self) -> dict[str, Any]:
        """The actor as claims of an internal token."""
        return {
            "kind": self.kind,
            "sub": self.id,
            "person_id": str(self.person_id) if self.person_id else None,
            "member_id": str(self.member_id) if self.member_id else None,
            "community_id": str(self.community_id) if self.community_id else None,
            "roles": sorted(self.roles),
            "scopes": sorted(self.scopes) if self.scopes is not None else None,
            "visible": self.visible,
        }

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> "Actor":
        """The actor a verified token speaks of."""
        return cls(
            kind=claims["kind"],
            id=claims["sub"],
            person_id=_uuid(claims.get("person_id")),
            member_id=_uuid(claims.get("member_id")),
            community_id=_uuid(claims.get("community_id")),
            roles=frozenset(claims.get("roles") or ()) & SIGNED_IN,
            scopes=frozenset(claims["scopes"]) if claims.get("scopes") is not None else None,
            visible=bool(claims.get("visible", True)),
        )


NOBODY = Actor(kind="service", id="nobody")


def service_actor(service: str) -> Actor:
    """A service acting for itself: consumers, timers, calls to other services."""
    return Actor(kind="service", id=service)


def owner_key_actor(community_id: UUID | None = None) -> Actor:
    """The installation's own key: owner everywhere, nobody's member."""
    return Actor(kind="key", id="owner", roles=frozenset({"owner"}), community_id=community_id)


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


# -- keys ------------------------------------------------------------------------------------------------


def ensure_keys(home: Path, services: tuple[str, ...] = SERVICES) -> None:
    """Create missing Ed25519 keys of services under `home`/keys, readable by the owner only."""
    folder = home / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for service in services:
        path = folder / f"{service}.pem"
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            write_secret(path, pem)
    public = {service: _public_text(load_key(folder / f"{service}.pem")) for service in services}
    (folder / "public.json").write_text(json.dumps(public, indent=1, sort_keys=True), encoding="utf-8")


def write_secret(path: Path, content: bytes) -> None:
    """Write a file only its owner can read, whole or not at all."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    temporary.replace(path)


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file; ValueError for any other kind of key."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    return key


def _public_text(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()


class Keys:
    """One service's private key and everybody's public keys."""

    def __init__(self, private: Ed25519PrivateKey, public: dict[str, Ed25519PublicKey]) -> None:
        self.private = private
        self.public = public

    @classmethod
    def load(cls, service: str, settings: Settings) -> "Keys":
        """From INTERNAL_KEY_FILE and INTERNAL_JWKS_FILE where given, else from HOME/keys."""
        folder = settings.home / "keys"
        private = load_key(settings.internal_key_file or folder / f"{service}.pem")
        text = (settings.internal_jwks_file or folder / "public.json").read_text(encoding="utf-8")
        public = {
            n: Ed25519PublicKey.from_public_bytes(base64.b64decode(v)) for n, v in json.loads(text).items()
        }
        return cls(private, public)

    def secret(self, purpose: str) -> bytes:
        """A secret of this service for one purpose, the same in every replica that has the key."""
        raw = self.private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        return hashlib.sha256(raw + b"|" + purpose.encode()).digest()


# -- tokens ----------------------------------------------------------------------------------------------


class Minter:
    """Makes internal tokens in the name of one service."""

    def __init__(self, service: str, keys: Keys) -> None:
        self._service = service
        self._key = keys.private

    def mint(self, actor: Actor, audience: str) -> str:
        """A token good for `TOKEN_SECONDS` at the service `audience`."""
        issued = int(now().timestamp())
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
        if known.expires <= now().timestamp():
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
            if claims["iat"] > now().timestamp() + TOKEN_SECONDS:
                raise Unauthorised
            return Caller(issuer, Actor.from_claims(claims), int(claims["exp"]))
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise Unauthorised from error


def token_of(header: bytes | None) -> bytes:
    """The token in an `Authorization: Bearer` header; `Unauthorised` without one."""
    if header is None or header[:7].lower() != b"bearer ":
        raise Unauthorised
    return header[7:].strip()

"""Who somebody is on another platform, as every service derives it: of a contact only a hash is known.

An e-mail address is a guess away from its plain hash, so it goes into the identity as an HMAC under a key of
the community. That key is derived from one secret of the installation, which lies in no database: every
service that has the secret finds the same identity, in any order and without asking another one.
"""

import base64
import hashlib
import hmac
import os
import re
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid4

from shared.ids import identity_id
from shared.settings import Settings, settings

KEY_BYTES = 32
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class SubjectKeyMissing(RuntimeError):
    """There is no usable secret to hash contacts under."""


def is_contact(subject: str) -> bool:
    """Whether a subject is an e-mail address, which must not be kept as it is."""
    return _CONTACT.fullmatch(subject) is not None


def kept_subject(community_id: UUID, subject: str) -> str:
    """The subject as it is stored and hashed: a contact, in any case, as its HMAC in this community."""
    if not is_contact(subject):
        return subject
    key = _key_of(community_id)
    return "hmac:" + hmac.digest(key, subject.casefold().encode(), hashlib.sha256).hex()


def identity_of(community_id: UUID, provider: str, subject: str) -> UUID:
    """The identity of `subject` on the platform `provider`, be it an id, a name or an address."""
    return identity_id(community_id, provider, kept_subject(community_id, subject))


@lru_cache(maxsize=1000)
def _key_of(community_id: UUID) -> bytes:
    return hmac.digest(_secret(), b"guildhall subjects " + community_id.bytes, hashlib.sha256)


@lru_cache(maxsize=1)
def _secret() -> bytes:
    limits = settings()
    given = limits.secret("subject_key")
    if given is None:
        given = _own_secret(limits)
    try:
        secret = base64.b64decode(given, validate=True)
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise SubjectKeyMissing("the subject key is 32 random bytes in base64")
    return secret


def _own_secret(limits: Settings) -> str:
    """The development secret in HOME; of several services that miss it at once, one makes it."""
    if limits.env == "production":
        raise SubjectKeyMissing("GUILDHALL_SUBJECT_KEY or GUILDHALL_SUBJECT_KEY_FILE is needed in production")
    path = limits.home / "keys" / "subjects.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
    return path.read_text(encoding="utf-8")


def _make(path: Path) -> None:
    own = path.with_name(f".{uuid4().hex}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)))
    try:
        os.link(own, path)  # unlike a rename it never takes the place of another's
    except FileExistsError:
        pass
    finally:
        own.unlink()

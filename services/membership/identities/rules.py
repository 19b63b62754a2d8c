"""What a subject of another platform is kept as."""

import hashlib
import hmac
import re
from enum import StrEnum


class IdentityState(StrEnum):
    """Linked to a member, revoked: known and nobody's, or erased: never to be anybody's again."""

    LINKED = "linked"
    REVOKED = "revoked"
    ERASED = "erased"


_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_contact(subject: str) -> bool:
    """Whether a subject is an e-mail address, which must not be kept as it is."""
    return _CONTACT.fullmatch(subject) is not None


def kept_subject(subject: str, key: bytes) -> str:
    """The subject as it is stored and hashed: a contact as its HMAC under the community's key.

    Nobody can guess the contact back, and it dies with the key.
    """
    if not is_contact(subject):
        return subject
    return "hmac:" + hmac.digest(key, subject.casefold().encode(), hashlib.sha256).hex()

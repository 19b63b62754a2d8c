"""What a subject of another platform is kept as, what it resembles, and how sure one can be of it."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum


class IdentityState(StrEnum):
    """Linked to a member, revoked: known and nobody's, or erased: never to be anybody's again."""

    LINKED = "linked"
    REVOKED = "revoked"
    ERASED = "erased"


class Standing(StrEnum):
    """An identity as it is shown."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    REVOKED = "revoked"


class Method(StrEnum):
    """How a member showed that an identity is theirs; `login` by signing in with it."""

    LOGIN = "login"
    OAUTH = "oauth"
    EMAIL = "email"
    DOCUMENT = "document"
    VOUCHED = "vouched"


CONFIDENCE = {
    Method.LOGIN: 1.0,
    Method.OAUTH: 0.95,
    Method.EMAIL: 0.9,
    Method.DOCUMENT: 0.9,
    Method.VOUCHED: 0.7,
}
UNVERIFIED_CONFIDENCE = 0.5
"""Somebody who may link identities said so, and nobody checked."""

LOGIN_PROVIDER = "oidc"
"""The provider of those whom an issuer vouches for; the subject names issuer and subject there."""

_APART = re.compile(r"[\s._-]+")


def standing(state: IdentityState, verified_at: datetime | None) -> Standing:
    """Where an identity stands; whatever is linked to nobody is revoked."""
    if state is not IdentityState.LINKED:
        return Standing.REVOKED
    return Standing.UNVERIFIED if verified_at is None else Standing.VERIFIED


def confidence(method: Method | None) -> float:
    """How sure it is that the identity is the member's, from 0 to 1."""
    return UNVERIFIED_CONFIDENCE if method is None else CONFIDENCE[method]


def login_subject(issuer: str, subject: str) -> str:
    """The subject of a login under `LOGIN_PROVIDER`: the same subject of two issuers is two people."""
    return f"{issuer}#{subject}"


def likeness(provider: str, given: str, kept: str) -> str:
    """The same for identities that may well be one person's.

    One address on any platform (only its hash is known), or one name of a platform written in another case or
    form. A login is like nothing but itself.
    """
    if kept != given:
        return kept
    if provider == LOGIN_PROVIDER:
        return f"{provider}:{given}"
    plain = unicodedata.normalize("NFKC", given).casefold().strip().removeprefix("@")
    return f"{provider}:{_APART.sub('', plain) or plain}"[:300]

"""The owner's API key: given, or made once and kept in HOME for the owner to read."""

import secrets

from shared.keys import write_secret
from shared.settings import Settings

SHORTEST = 32


class WeakOwnerKey(Exception):
    """A production system does not start with a key somebody might guess."""


def owner_key(settings: Settings) -> str:
    """OWNER_KEY where it is given, else the content of `owner.key` in HOME, made when it is missing."""
    given = settings.secret("owner_key")
    if given is not None:
        if settings.env == "production" and len(given) < SHORTEST:
            raise WeakOwnerKey(f"OWNER_KEY has fewer than {SHORTEST} characters")
        return given
    path = settings.home / "owner.key"
    if not path.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        write_secret(path, f"gh_owner_{secrets.token_hex(32)}\n".encode())
    return path.read_text(encoding="utf-8").strip()

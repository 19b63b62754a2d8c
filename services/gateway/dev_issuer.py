"""The local issuer of development: its key is read from HOME when `guildhall token` has made one."""

from pathlib import Path

import jwt

from services.gateway.oidc import Issuer
from shared.dev_issuer import AUDIENCE, ISSUER, KEY_ID, key_path
from shared.keys import load_key
from shared.settings import Settings


class LocalKey:
    """The one key of the local issuer; it may be made at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: jwt.PyJWK | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key, for signatures that name it."""
        if (key_id, algorithm) != (KEY_ID, "EdDSA"):
            return None
        if self._key is None and self._path.exists():
            public = load_key(self._path).public_key()
            self._key = jwt.PyJWK(jwt.algorithms.OKPAlgorithm.to_jwk(public, as_dict=True), "EdDSA")
        return self._key


def dev_issuer(settings: Settings) -> dict[str, Issuer]:
    """The local issuer by its name; none outside development."""
    if settings.env != "dev":
        return {}
    return {ISSUER: Issuer(AUDIENCE, LocalKey(key_path(settings.home)))}

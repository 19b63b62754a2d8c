"""The services' keys: one Ed25519 key each, readable by its owner only, and everybody's public halves."""

import base64
import hashlib
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.settings import SERVICES, Settings


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

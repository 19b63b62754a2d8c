"""The local issuer of development: whoever can read HOME may sign in as anybody; unknown in production."""

from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.clock import now
from shared.keys import load_key, write_secret

ISSUER = "https://dev.guildhall.invalid"
AUDIENCE = "guildhall"
KEY_ID = "dev"


def key_path(home: Path) -> Path:
    """Where the issuer's key lies."""
    return home / "keys" / "dev-issuer.pem"


def mint(home: Path, subject: str, life: timedelta) -> str:
    """An access token for `subject`, signed by the key in `home`, which is made when it is missing."""
    path = key_path(home)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(path, pem)
    issued = int(now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": issued,
        "exp": issued + int(life.total_seconds()),
    }
    return jwt.encode(claims, load_key(path), algorithm="EdDSA", headers={"typ": "at+jwt", "kid": KEY_ID})

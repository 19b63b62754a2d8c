"""The vault: contacts and answers that lie encrypted (AES-256-GCM under a key per community).

A master keyring wraps data keys; a community's wrapped data key lies in its owner's table. Whoever has the
database alone can read nothing; without its data key nothing of a community can ever be read again.

    vault = Vault(settings())
    wrapped = vault.new_key()               # bytes to store, once per community
    sealer = vault.open(wrapped)
    text = sealer.seal("ada@example.org", about=str(row_id))    # "v1.<kid>.<nonce and ciphertext>"
    sealer.unseal(text, about=str(row_id))  # `about` must be the same: a sealed text fits its own row only
    sealer.digest("Ada@Example.org")        # for look-ups by equality; the same for any case
"""

import base64
import binascii
import hashlib
import hmac
import os
import unicodedata
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from shared.keys import write_secret
from shared.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
KID_BYTES = 4
_WRAPPING = b"guildhall data key v1"


class VaultClosed(RuntimeError):
    """There is no usable master key, or not the one that was used."""


class Vault:
    """The master keyring: the first key wraps, every key unwraps, so that keys can be rotated."""

    def __init__(self, limits: Settings) -> None:
        keys = _keyring(limits)
        self._keys = {_kid(key): AESGCM(key) for key in keys}
        self._wraps_with = _kid(keys[0])

    def new_key(self) -> bytes:
        """A fresh data key, wrapped: what a community's owner stores."""
        return self._wrap(AESGCM.generate_key(KEY_BYTES * 8))

    def open(self, wrapped: bytes) -> "Sealer":
        """The sealer of a wrapped data key; `VaultClosed` when the master key it needs is not there."""
        return Sealer(self._unwrap(wrapped))

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same data key under the newest master key."""
        return self._wrap(self._unwrap(wrapped))

    def _wrap(self, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        kid = self._wraps_with
        return kid + nonce + self._keys[kid].encrypt(nonce, key, _WRAPPING)

    def _unwrap(self, wrapped: bytes) -> bytes:
        kid, nonce = wrapped[:KID_BYTES], wrapped[KID_BYTES : KID_BYTES + NONCE_BYTES]
        master = self._keys.get(kid)
        if master is None:
            raise VaultClosed(f"the master key {kid.hex()} is not in the keyring")
        try:
            return master.decrypt(nonce, wrapped[KID_BYTES + NONCE_BYTES :], _WRAPPING)
        except InvalidTag as error:
            raise VaultClosed("this data key was wrapped by another vault, or is damaged") from error


class Sealer:
    """Seals and unseals the texts of one community; holds its data key in memory."""

    def __init__(self, key: bytes) -> None:
        self._seal = AESGCM(_derived(key, b"seal"))
        self._digest = _derived(key, b"digest")
        self.kid = _kid(key).hex()

    def seal(self, plain: str, *, about: str) -> str:
        """The text encrypted for one place; sealing it again gives another result."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._seal.encrypt(nonce, plain.encode(), about.encode())
        return f"v1.{self.kid}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, text: str, *, about: str) -> str:
        """What was sealed; ValueError when it was for another place or key, or was changed."""
        version, _, rest = text.partition(".")
        kid, _, encoded = rest.partition(".")
        if version != "v1" or kid != self.kid:
            raise ValueError("sealed by another key")
        try:
            sealed = base64.b64decode(encoded, altchars=b"-_", validate=True)
            opened = self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise ValueError("sealed for another place, or changed since") from error
        return opened.decode()

    def digest(self, contact: str) -> str:
        """The same for the same contact, whatever its case: 64 hexadecimal digits."""
        plain = unicodedata.normalize("NFKC", contact).strip().casefold()
        return hmac.new(self._digest, plain.encode(), hashlib.sha256).hexdigest()


def _keyring(limits: Settings) -> list[bytes]:
    given = limits.secret("vault_key")
    if given is None:
        if limits.env == "production":
            raise VaultClosed("GUILDHALL_VAULT_KEY or GUILDHALL_VAULT_KEY_FILE is needed in production")
        given = _own_key(limits.home / "keys" / "vault.key")
    try:
        keys = [base64.b64decode(part.strip(), validate=True) for part in given.split(",")]
    except binascii.Error:
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise VaultClosed("a master key is 32 random bytes in base64; several are separated by commas")
    return keys


def _own_key(path: Path) -> str:
    """The development key in HOME, made when it is missing."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(path, base64.b64encode(os.urandom(KEY_BYTES)))
    return path.read_text(encoding="utf-8")


def _kid(key: bytes) -> bytes:
    return hashlib.sha256(b"kid" + key).digest()[:KID_BYTES]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(SHA256(), KEY_BYTES, b"guildhall " + purpose).derive(key)

"""Gives each service a folder with its own key and everybody's public keys: `keys.py DIRECTORY SERVICE...`.

Keys that are there stay; run it again after adding a service, then restart all of them.
"""

import base64
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.keys import ensure_keys, write_secret
from shared.vault import KEY_BYTES

KEEP_CONTACTS = ("membership", "events")
"""Each seals them under a key of its own."""
KNOW_SUBJECTS = ("membership", "engagement")
"""They derive the same identities, under one secret."""


def distribute(directory: Path, services: tuple[str, ...]) -> None:
    """`DIRECTORY/<service>/internal.pem`, `subjects.key`, `vault.key`, for the owner only; `public.json`."""
    with TemporaryDirectory() as workshop:
        keys = Path(workshop) / "keys"
        keys.mkdir()
        for service in services:
            own = directory / service / "internal.pem"
            if own.exists():
                write_secret(keys / f"{service}.pem", own.read_bytes())
        ensure_keys(Path(workshop), services)
        subjects = _subjects(directory)
        for service in services:
            folder = directory / service
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_secret(folder / "internal.pem", (keys / f"{service}.pem").read_bytes())
            (folder / "public.json").write_bytes((keys / "public.json").read_bytes())
            if service in KEEP_CONTACTS and not (folder / "vault.key").exists():
                write_secret(folder / "vault.key", base64.b64encode(os.urandom(KEY_BYTES)))
            if service in KNOW_SUBJECTS:
                write_secret(folder / "subjects.key", subjects)


def _subjects(directory: Path) -> bytes:
    """The secret of before, else a new one."""
    for service in KNOW_SUBJECTS:
        known = directory / service / "subjects.key"
        if known.exists():
            return known.read_bytes()
    return base64.b64encode(os.urandom(KEY_BYTES))


if __name__ == "__main__":
    distribute(Path(sys.argv[1]), tuple(sys.argv[2:]))

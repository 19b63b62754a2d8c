"""Archives as they are stored and sent: JSON files, deflated, each sealed under the archive's own key."""

import base64
import hashlib
import io
import json
import zipfile
import zlib
from functools import cache
from typing import Any
from uuid import UUID

from services.membership.privacy.models import DataRequest
from shared.settings import settings
from shared.vault import Sealer, Vault

VOLUME_BYTES = 4_000_000
"""A volume is closed once it holds that much, sealed: no answer is much larger."""


@cache
def _vault() -> Vault:
    return Vault(settings())


def new_archive_key() -> str:
    """A key for one archive, wrapped: with it goes the archive."""
    return base64.b64encode(_vault().new_key()).decode()


def sealer_of(request: DataRequest) -> Sealer:
    """What seals and unseals the request's archive."""
    return _vault().open(base64.b64decode(request.archive_key or ""))


def sealed_entry(sealer: Sealer, request_id: UUID, seq: int, content: bytes) -> dict[str, Any]:
    """One file of the archive as it is stored."""
    packed = base64.b64encode(zlib.compress(content)).decode()
    return {
        "request_id": request_id,
        "seq": seq,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "sealed": sealer.seal(packed, about=f"{request_id}:{seq}"),
    }


def zipped(request: DataRequest, volume: int, entries: list[Any]) -> bytes:
    """The volume, unsealed file by file."""
    sealer = sealer_of(request)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for each in entries:
            text = sealer.unseal(each.sealed, about=f"{request.id}:{each.seq}")
            packed.writestr(each.name, zlib.decompress(base64.b64decode(text)))
        manifest = {
            "request_id": str(request.id),
            "requested_at": request.created_at.isoformat(),
            "volume": volume,
            "volumes": request.volumes,
            "files": [
                {"name": e.name, "rows": e.rows, "size_bytes": e.size_bytes, "sha256": e.sha256}
                for e in entries
            ],
        }
        packed.writestr("manifest.json", json.dumps(manifest, indent=1))
    return file.getvalue()

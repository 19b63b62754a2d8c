"""Open archives: a zip nobody vouches for -> its files, within bounds, or the named refusal of all of it."""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass, field

from services.knowledge.imports.rules import (
    ARCHIVE_ENTRIES,
    DOCUMENT_BYTES,
    RATIO,
    RATIO_COUNTS_FROM_BYTES,
    UNPACKED_BYTES,
    safe_path,
)
from shared.problems import Unprocessable

NESTED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".jar", ".zst")
_IGNORED = ("__MACOSX/", ".git/")
_ENCRYPTED = 0x1
_STEP = 65_536


class ArchiveUnreadable(Unprocessable):
    """It is no zip, damaged, encrypted, or packed in a way that is not read."""

    title = "Archive cannot be read"


class ArchiveUnsafe(Unprocessable):
    """A name in it leads out of the directory it would be unpacked to."""

    title = "Archive with unsafe names"


class ArchiveTooLarge(Unprocessable):
    """It holds more, or unpacks to more, than is taken; `limit` says of what."""

    title = "Archive too large"


@dataclass(slots=True)
class Opened:
    """Files by their path, and those that were left out with why, both in the order they stand there."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def opened(archive: bytes) -> Opened:
    """Everything in the archive. Nothing is unpacked before all names are known to be safe."""
    found = Opened()
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            entries = zipped.infolist()
            if len(entries) > ARCHIVE_ENTRIES:
                raise ArchiveTooLarge("too many entries", limit=ARCHIVE_ENTRIES)
            named = [(entry, _path(entry)) for entry in entries]
            total = 0
            for entry, path in named:
                if entry.is_dir() or path.startswith(_IGNORED) or path.endswith(".DS_Store"):
                    continue
                if why := _left_out(entry, path):
                    found.left_out.append((path, why))
                    continue
                content = _unpacked(zipped, entry, UNPACKED_BYTES - total)
                total += len(content)
                found.files.append((path, content))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise ArchiveUnreadable from error
    return found


def _path(entry: zipfile.ZipInfo) -> str:
    path = safe_path(entry.orig_filename)
    if path is None:
        raise ArchiveUnsafe(
            name=entry.orig_filename[:200].encode("utf-8", "replace").decode().replace("\0", "\\0")
        )
    return path


def _left_out(entry: zipfile.ZipInfo, path: str) -> str | None:
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveUnreadable("encrypted, or packed in a way that is not read")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link within an archive is not followed"
    if path.lower().endswith(NESTED):
        return "an archive within an archive is not read"
    return None


def _unpacked(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """The content, as far as it is really there: sizes that are only said count for nothing."""
    parts: list[bytes] = []
    size = 0
    with zipped.open(entry) as file:
        while part := file.read(_STEP):
            size += len(part)
            parts.append(part)
            if size > DOCUMENT_BYTES:
                raise ArchiveTooLarge("one entry unpacks to too much", limit=DOCUMENT_BYTES)
            if size > left:
                raise ArchiveTooLarge("all of it unpacks to too much", limit=UNPACKED_BYTES)
            if size > max(RATIO_COUNTS_FROM_BYTES, RATIO * entry.compress_size):
                raise ArchiveTooLarge("it unpacks to too many times its size", limit=RATIO)
    return b"".join(parts)

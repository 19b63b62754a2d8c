"""Gather what an import was given: files, an archive or a table -> documents, kept until they are read."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.knowledge.imports import archives, csv_rows
from services.knowledge.imports.rules import (
    ARCHIVE_BYTES,
    DOCUMENT_BYTES,
    DOCUMENTS_BYTES,
    ImportSource,
    is_readable,
    safe_path,
)
from shared.problems import Unprocessable

TWICE = "its path stands here twice: the first counts"
_FASTEST = 1


@dataclass(frozen=True, slots=True)
class Given:
    """A document as it came; `refused` says why it is not even looked at."""

    path: str
    content: bytes | None
    refused: str | None = None


class NothingToImport(Unprocessable):
    """`markdown` takes documents, `csv` a text, the others an archive, which hold something."""

    title = "Nothing to import"


class UnsafePath(Unprocessable):
    """A path leads down from the root of its source; `path` does not."""

    title = "Path not allowed"


class NotBase64(Unprocessable):
    title = "Not base64"


class DocumentsTooLarge(Unprocessable):
    """`limit` is in bytes: send less at once."""

    title = "Too much at once"


def from_documents(documents: Iterable[tuple[str, str | None, str | None]]) -> list[Given]:
    """Documents given as path, text and base64, one of the latter two."""
    found: list[Given] = []
    total = 0
    for name, text, encoded in documents:
        path = safe_path(name)
        if path is None:
            raise UnsafePath(path=name[:200])
        content = text.encode() if text is not None else _bytes(encoded or "")
        total += len(content)
        if total > DOCUMENTS_BYTES:
            raise DocumentsTooLarge(limit=DOCUMENTS_BYTES)
        if len(content) > DOCUMENT_BYTES:
            found.append(Given(path, None, f"it is larger than {DOCUMENT_BYTES:,} bytes"))
        else:
            found.append(_kept(path, content))
    return _once(found)


def from_archive(source: ImportSource, encoded: str) -> list[Given]:
    """The files of a zip; those that are none to be read are refused one by one."""
    packed = _bytes(encoded)
    if len(packed) > ARCHIVE_BYTES:
        raise archives.ArchiveTooLarge("the archive itself", limit=ARCHIVE_BYTES)
    opened = archives.opened(packed)
    refused = [Given(path, None, why) for path, why in opened.left_out]
    files = [
        _kept(path, content) if is_readable(source, path) else Given(path, None, "it is no document")
        for path, content in opened.files
    ]
    return _once([*files, *refused])


def from_table(text: str, mapping: dict[str, str]) -> list[Given]:
    """The rows of a CSV."""
    rows = csv_rows.documents(text, mapping)
    return _once(
        [_kept(path, content) if why is None else Given(path, None, why) for path, content, why in rows]
    )


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotBase64 from error


def _kept(path: str, content: bytes) -> Given:
    return Given(path, zlib.compress(content, _FASTEST))


def _once(documents: Sequence[Given]) -> list[Given]:
    """What came under each path first; what came later under the same is refused."""
    if not documents:
        raise NothingToImport
    met: set[str] = set()
    found: list[Given] = []
    for each in documents:
        found.append(each if each.path not in met else Given(each.path, None, TWICE))
        met.add(each.path)
    return found

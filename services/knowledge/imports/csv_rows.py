"""Read a CSV of articles: a header and rows -> documents, one for each row, by the columns of a mapping."""

import csv
import io
import json
from collections.abc import Mapping

from services.knowledge.imports.front_matter import Said
from services.knowledge.imports.rules import ARCHIVE_ENTRIES, DOCUMENT_BYTES, safe_path
from shared.problems import Unprocessable

FIELDS = ("path", "title", "body", "tags", "kind", "language", "status", "url")
ELSEWHERE = {"url": ("link",), "body": ("text", "content"), "path": ("id",), "tags": ("labels",)}
"""Names a column may have without a mapping."""


class CsvNotUnderstood(Unprocessable):
    """A first line names the columns, title and body among them; `detail` says what is wrong and where."""

    title = "CSV not understood"


def documents(text: str, mapping: Mapping[str, str]) -> list[tuple[str, bytes, str | None]]:
    """Path, content and, for a row that cannot be read, why: in the order of the rows."""
    csv.field_size_limit(DOCUMENT_BYTES)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    found: list[tuple[str, bytes, str | None]] = []
    try:
        columns = _columns(next(reader, []), mapping)
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if len(found) == ARCHIVE_ENTRIES:
                raise CsvNotUnderstood(f"more than {ARCHIVE_ENTRIES:,} rows")
            found.append(_document(reader.line_num, fields, columns))
    except csv.Error as error:
        raise CsvNotUnderstood(f"line {reader.line_num}: {error}") from error
    return found


def _columns(header: list[str], mapping: Mapping[str, str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    places: dict[str, int] = {}
    for field in FIELDS:
        wanted = (mapping[field].strip().lower(),) if field in mapping else (field, *ELSEWHERE.get(field, ()))
        place = next((names.index(name) for name in wanted if name in names), None)
        if place is not None:
            places[field] = place
        elif field in mapping:
            raise CsvNotUnderstood(f"there is no column {mapping[field]!r}")
    if not {"title", "body"} <= places.keys():
        raise CsvNotUnderstood("the first line must name the columns, title and body among them")
    return places


def _document(line: int, fields: list[str], columns: dict[str, int]) -> tuple[str, bytes, str | None]:
    said = {name: fields[place].strip("\n") for name, place in columns.items() if place < len(fields)}
    named = said.get("path") or said.get("url") or said.get("title") or ""
    path = safe_path(named.strip()) or safe_path(
        named.strip().replace("://", "/").replace("..", ".").strip("/")
    )
    if not said.get("title", "").strip():
        return path or f"line {line}", b"", f"line {line}: it has no title"
    if path is None:
        return f"line {line}", b"", f"line {line}: its path cannot be used"
    return path, json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"), None


def row(text: str) -> tuple[Said, str, str]:
    """What a row says, as `documents` made it a document."""
    said = json.loads(text)
    return (
        {name: value for name, value in said.items() if name not in ("body", "path", "url")},
        "",
        said["body"],
    )

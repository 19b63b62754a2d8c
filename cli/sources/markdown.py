"""Import documents: a directory of Markdown, reStructuredText and pictures -> articles, each path once."""

import base64
import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli import Failed
from cli.api import Api, Refused
from cli.destination import collection as collection_of
from cli.progress import progress
from cli.report import Report

DOCUMENTS = (".md", ".markdown", ".mdx", ".rst")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
BATCH_FILES, BATCH_BYTES = 100, 3_900_000
"""In one request, a little less than the API takes."""
LARGEST_BYTES = 2_000_000
WAITING = 4
"""Imports under way at once."""
TOO_MANY = "/problems/too-many-imports"
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
"""How long nothing may happen."""
LONGEST_NAME = 70

File = tuple[str, bytes]


def bring(
    api: Api,
    community_id: str,
    path: Path,
    report: Report,
    name: str | None = None,
    collection: str | None = None,
) -> None:
    """Imports what lies below the directory `path`; what has not changed stays as it is.

    `name` tells one source from others, without it the directory's. What was not understood of a document is
    told when all are there, for only then is it known which links lead nowhere.
    """
    if not path.is_dir():
        raise Failed(f"{path} is no directory; documents are imported with what lies around them")
    files = list(_files(path, report))
    if not files:
        raise Failed(f"{path} has no documents ({', '.join(DOCUMENTS)})")
    about: dict[str, Any] = {
        "source": "markdown",
        "name": (name or path.resolve().name)[:LONGEST_NAME].strip(),
    }
    if collection is not None:
        about["collection_id"] = collection_of(api, community_id, collection)
    imports = f"/v1/communities/{community_id}/imports"
    begun: list[str] = []
    waiting: deque[str] = deque()
    with progress("documents", len(files)) as moved:
        for batch in _batches(path, files, report):
            if len(waiting) == WAITING:
                _wait(api, f"{imports}/{waiting.popleft()}")
            given = [_document(*file) for file in batch]
            begun.append(_begin(api, imports, {**about, "documents": given}))
            waiting.append(begun[-1])
            moved(report.read)
        for import_id in waiting:
            _wait(api, f"{imports}/{import_id}")
    for import_id in begun:
        _tell(api, f"{imports}/{import_id}/documents", report)


def _files(root: Path, report: Report) -> Iterator[Path]:
    """The documents and pictures below `root` by their paths; links that lead out are not followed."""
    inside = root.resolve()
    for directory, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            file = Path(directory) / name
            if file.suffix.lower() not in (*DOCUMENTS, *PICTURES):
                report.skipped += 1
            elif file.is_symlink() and not file.resolve().is_relative_to(inside):
                report.skipped += 1
                report.remark(file.relative_to(root).as_posix(), "a link that leads out of the directory")
            elif file.is_file():
                yield file


def _batches(root: Path, files: list[Path], report: Report) -> Iterator[list[File]]:
    """The files with their paths below `root`, in lists that fit one request each."""
    batch: list[File] = []
    size = 0
    for file in files:
        where = file.relative_to(root).as_posix()
        try:
            if file.stat().st_size > LARGEST_BYTES:
                report.read += 1
                report.remark(where, f"it is larger than {LARGEST_BYTES:,} bytes")
                continue
            content = file.read_bytes()
        except OSError as error:
            report.remark(where, f"cannot be read: {error.strerror}")
            continue
        report.read += 1
        if batch and (len(batch) == BATCH_FILES or size + len(content) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((where, content))
        size += len(content)
    if batch:
        yield batch


def _document(where: str, content: bytes) -> dict[str, str]:
    """A file as the API takes it: text where it is nothing else."""
    path = where.encode("utf-8", "replace").decode()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        return {"path": path, "content_base64": base64.b64encode(content).decode()}
    return {"path": path, "text": text}


def _begin(api: Api, path: str, given: dict[str, Any]) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return str(api.post(path, given)["id"])
        except Refused as refused:
            if refused.problem.get("type") != TOO_MANY or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_SECONDS)


def _wait(api: Api, path: str) -> None:
    """Until the import has ended; as long as it goes on it may take its time."""
    done, since = -1, time.monotonic()
    while True:
        job = api.get(path)
        if job["state"] == "done":
            return
        if job["state"] == "failed":
            raise Failed(f"the import did not go on: {job['failure']}")
        if job["done"] != done:
            done, since = job["done"], time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            raise Failed("the import does not go on; what is read is stored, run it again for the rest")
        time.sleep(PAUSE_SECONDS)


def _tell(api: Api, path: str, report: Report) -> None:
    """Counts what became of each document, and notes what was not understood."""
    for each in api.pages(path):
        report.written += each["outcome"] in ("created", "changed")
        report.unchanged += each["outcome"] == "unchanged"
        for note in each["notes"]:
            report.remark(each["path"], note)

"""Import calendars: .ics files -> their events and series, a piece at a time, each UID once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from cli import Failed
from cli.api import Api, Refused
from cli.delivery import BAD_ROWS, deliver
from cli.progress import Moved, progress
from cli.report import Receipt, Remark, Report
from shared.calendar_text import Component, Piece, components, pieces

SOURCE = "ics"
PIECE = 100
"""Events in one request, as many as the API takes."""
IN_FLIGHT = 2
MOST_REMEMBERED = 200_000
"""UIDs met in one run, some twenty megabytes; those behind them are sent however often they are met."""

SOME_METHODS = frozenset({"", "PUBLISH", "REQUEST", "CANCEL"})
"""What a calendar with another METHOD holds are answers to invitations (RFC 5546)."""
_METHOD = re.compile(r"^METHOD[^:\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
_STAMPS = re.compile(r"^(?:DTSTAMP|CREATED|LAST-MODIFIED)[;:].*\n", re.MULTILINE | re.IGNORECASE)


def bring(api: Api, community_id: str, path: Path, report: Report, zone: str | None = None) -> None:
    """Imports the file at `path`, or all .ics files below it; what has not changed stays as it is.

    Times without a zone count in the one their calendar names, else in `zone`, else in the community's.
    All is read twice: what stands by itself and series first, then what is said of their occurrences.
    """
    files = _files(path)
    about = {"zone": zone or str(api.get(f"/v1/communities/{community_id}")["timezone"])}
    post = partial(_send, api, f"/v1/communities/{community_id}/events/import", about)
    met = Met()
    with progress("calendars", 2 * sum(file.stat().st_size for file in files)) as moved:
        reading = Reading(files, report, moved)
        for occurrences in (False, True):
            found = met.new(reading.events(occurrences=occurrences), report)
            for receipt in deliver(pieces(found, PIECE), post, IN_FLIGHT):
                report.add(receipt)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix.lower() == ".ics" and each.is_file())
    if not found:
        raise Failed(f"{path} has no .ics files")
    return found


@dataclass
class Reading:
    """Reads files in their order; what is wrong with them is reported the first time."""

    files: list[Path]
    report: Report
    moved: Moved
    position: int = 0

    def events(self, *, occurrences: bool) -> Iterator[Component]:
        """The events that stand by themselves, or those that say something of one occurrence of a series."""
        for file in self.files:
            for each in self._components(file, noted=not occurrences):
                if each.kind != "VEVENT":
                    if not occurrences:
                        self._skip(each, f"{each.kind or 'a component'} is no event")
                elif bool(each.value("RECURRENCE-ID")) is occurrences:
                    self.report.read += 1
                    method = _METHOD.search(each.head)
                    name = method[1].strip().upper() if method else ""
                    if name in SOME_METHODS:
                        yield each
                    else:
                        self._skip(each, f"METHOD:{name[:40]}: an answer to an invitation is no event")

    def _components(self, file: Path, *, noted: bool) -> Iterator[Component]:
        def note(line: int, reason: str) -> None:
            if noted:
                self.report.remark(f"{file.name} line {line}", reason)

        try:
            with file.open("rb") as source:
                yield from components(_Watched(source, self), note, file.name)
        except OSError as error:
            note(1, f"cannot be read: {error.strerror}")

    def _skip(self, each: Component, reason: str) -> None:
        self.report.skipped += 1
        self.report.remark(_where(each), reason)


class _Watched:
    """A file that tells how far it was read."""

    def __init__(self, source: BinaryIO, reading: Reading) -> None:
        self._source, self._reading = source, reading

    def read(self, size: int, /) -> bytes:
        block = self._source.read(size)
        self._reading.position += len(block)
        self._reading.moved(self._reading.position)
        return block


@dataclass
class Met:
    """The events met in this run: one that comes again counts only when it is a later revision."""

    known: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def new(self, found: Iterator[Component], report: Report) -> Iterator[Component]:
        """Those to be sent; another event with the UID of one before is reported, a copy of it is not."""
        for each in found:
            key = _digest(f"{each.value('UID')}\n{each.value('RECURRENCE-ID')}\n{_is_call_off(each)}")
            sequence = each.value("SEQUENCE")
            now = (int(sequence) if sequence.isdecimal() and len(sequence) < 12 else 0, _content(each))
            before = self.known.get(key) if each.value("UID") else None
            if before is not None and now[0] <= before[0]:
                report.skipped += 1
                if now[0] == before[0] and now[1] != before[1]:
                    report.remark(_where(each), "its UID was met before: the first counts")
                continue
            if before is not None or len(self.known) < MOST_REMEMBERED:
                self.known[key] = now
            yield each


def _is_call_off(each: Component) -> bool:
    method = _METHOD.search(each.head)
    return method is not None and method[1].strip().upper() == "CANCEL"


def _content(each: Component) -> bytes:
    """The same for copies, whenever they were made."""
    return _digest(_STAMPS.sub("", each.text))


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()


def _send(api: Api, path: str, about: dict[str, str], piece: Piece) -> Receipt:
    """Posts a piece; halves it until only events the server will not take remain."""
    try:
        answer = api.post(path, {"source": SOURCE, "calendar": piece.text, **about})
    except Refused as refused:
        if refused.status not in BAD_ROWS:
            raise
        if len(piece.components) == 1:
            return Receipt(refused=(Remark(_where(piece.components[0]), refused.reason),))
        first, second = piece.halves()
        return _send(api, path, about, first) | _send(api, path, about, second)
    items = answer["items"]
    where = [_where(each) for each in piece.components]
    remarks = [Remark(where[item["index"]], item["reason"]) for item in items if item["reason"] is not None]
    written = sum(item["outcome"] in ("created", "changed") for item in items)
    unchanged = sum(item["outcome"] == "unchanged" for item in items)
    return Receipt(written, unchanged, tuple(remarks))


def _where(each: Component) -> str:
    return f"{each.file} line {each.line}"

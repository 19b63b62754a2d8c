"""iCalendar text of any size -> components of bounded size, a few at a time; nothing is understood here.

Lines may end in any way and be folded, bytes that are no UTF-8 count as Latin-1, several calendars may follow
one another, and what is broken costs itself and is told, never the rest (RFC 5545, 3.1, 3.4 and 3.6).
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, Protocol

BLOCK_BYTES = 65_536
COMPONENT_BYTES = 262_144
"""Of one line, and of one component without what is left out of it."""
DEEPEST = 10
HEAD_BYTES = 131_072
"""Of a calendar's own properties and its time zones together."""
PIECE_CHARACTERS = 2_000_000
"""Of one piece: escaped and encoded it stays below the 10 MB a request may have."""

Note = Callable[[int, str], None]
"""Hears the number of a line, from 1, and why something there was left out."""

_NAME = re.compile(r"[A-Za-z0-9-]+")
_CONTROL = dict.fromkeys((*range(9), *range(10, 32), 127))
_LEFT_OUT = frozenset({"ATTACH", "ATTENDEE", "STYLED-DESCRIPTION", "IMAGE", "X-ALT-DESC"})
"""Properties nobody here reads, some of them with a whole file in one line."""


class Readable(Protocol):
    """What bytes are read from, as a file."""

    def read(self, size: int, /) -> bytes: ...


class Component(NamedTuple):
    """What stands directly in a calendar: its kind, its first line's number, and its unfolded text.

    Only events have a text, and in it neither alarms nor what else is nested.
    """

    kind: str
    line: int
    head: str
    """The properties and time zones of its calendar, as far as they stood before it."""
    text: str
    file: str = ""

    def value(self, name: str) -> str:
        """The raw value of its first property of that name; "" without one."""
        found = re.search(rf"^{name}(?:;[^:\n]*)?:(.*)$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1].strip() if found else ""


class Piece:
    """A few components, and a calendar text that holds them and the time zones they name."""

    def __init__(self, components: list[Component]) -> None:
        self.components = components

    @cached_property
    def text(self) -> str:
        """One VCALENDAR after the other, in the order of the components."""
        lines: list[str] = []
        head: str | None = None
        for each in self.components:
            if each.head != head:
                lines += [] if head is None else ["END:VCALENDAR"]
                lines += ["BEGIN:VCALENDAR", *([each.head] if each.head else [])]
                head = each.head
            lines.append(each.text or f"BEGIN:{each.kind}\nEND:{each.kind}")
        return "\n".join([*lines, "END:VCALENDAR", ""])

    def halves(self) -> "list[Piece]":
        """The same in two."""
        half = len(self.components) // 2
        return [Piece(self.components[:half]), Piece(self.components[half:])]


def pieces(components: Iterator[Component], most: int) -> Iterator[Piece]:
    """The components in their order, at most `most` and `PIECE_CHARACTERS` at a time."""
    batch: list[Component] = []
    size = 0
    for each in components:
        length = len(each.text) + (0 if batch and batch[-1].head == each.head else len(each.head))
        if batch and (len(batch) >= most or size + length > PIECE_CHARACTERS):
            yield Piece(batch)
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield Piece(batch)


def components(source: Readable, note: Note, file: str = "") -> Iterator[Component]:
    """What stands in the calendars of `source`, in order; what is broken is noted and left out.

    `file` is what the components are told to be from."""
    reader = _Reader(note, file)
    for number, line in _unfolded(source, note):
        found = reader.take(number, line)
        if found is not None:
            yield found
    reader.end()


class _Reader:
    """Where in the nesting of components reading is."""

    def __init__(self, note: Note, file: str) -> None:
        self._note, self._file = note, file
        self._head: list[str] = []
        self._head_size = 0
        self._joined: str | None = None
        """The head as one text, the same one for all components until it grows."""
        self._within: list[str] = []
        """The component that stands in the calendar, and those nested in it."""
        self._lines: list[str] = []
        self._size = 0
        self._from = 0
        self._calendars = 0
        self._found = False

    def take(self, number: int, line: str) -> Component | None:
        """Read on; a component once its END has come."""
        found = _NAME.match(line)
        name = found[0].upper() if found else ""
        if name in ("BEGIN", "END") and line[len(name) : len(name) + 1] == ":":
            kind = line[len(name) + 1 :].strip().upper()[:40]
            if kind == "VCALENDAR":
                self._calendar(number)
                return None
            if name == "END":
                return self._close(number, kind)
            self._begin(number, kind)
        elif self._within:
            self._property(name, line)
        elif self._calendars:
            self._property_of_calendar(number, name, line)
        return None

    def end(self) -> None:
        """The text is over."""
        self._cut_off("the text ends here, before its END")
        if not (self._calendars or self._found):
            self._note(1, "no calendar: BEGIN:VCALENDAR is missing")

    def _calendar(self, number: int) -> None:
        """One begins or ends: what was still open never came to its end."""
        self._cut_off(f"not closed before line {number}")
        self._head, self._head_size, self._joined = [], 0, None
        self._calendars += 1

    def _begin(self, number: int, kind: str) -> None:
        if self._within and kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"):
            self._cut_off(f"not closed before line {number}")
        if not self._within:
            self._lines, self._size, self._from, self._found = [], 0, number, True
        if len(self._within) == DEEPEST:
            self._cut_off(f"nested deeper than {DEEPEST}")
            return
        self._within.append(kind)
        if len(self._within) == 1 or self._within[0] == "VTIMEZONE":
            self._keep(f"BEGIN:{kind}")

    def _close(self, number: int, kind: str) -> Component | None:
        if kind not in self._within:
            self._note(number, f"END:{kind} without a BEGIN")
            return None
        while True:
            inner = self._within.pop()
            if not self._within or self._within[0] == "VTIMEZONE":
                self._keep(f"END:{inner}")
            if inner == kind:
                break
        return self._whole(kind) if not self._within else None

    def _whole(self, kind: str) -> Component | None:
        """A component that stands in the calendar has ended."""
        text = "\n".join(self._lines)
        self._lines = []
        if self._size > COMPONENT_BYTES:
            self._note(self._from, f"{kind} is larger than {COMPONENT_BYTES} bytes")
        elif kind == "VTIMEZONE":
            self._keep_in_head(self._from, text)
        else:
            if self._joined is None:
                self._joined = "\n".join(self._head)
            return Component(kind, self._from, self._joined, text if kind == "VEVENT" else "", self._file)
        return None

    def _property(self, name: str, line: str) -> None:
        if len(self._within) > 1 and self._within[0] != "VTIMEZONE":
            return
        if name not in _LEFT_OUT and self._within[0] in ("VEVENT", "VTIMEZONE"):
            self._keep(line)

    def _property_of_calendar(self, number: int, name: str, line: str) -> None:
        if name in ("METHOD", "X-WR-TIMEZONE"):
            self._keep_in_head(number, line)

    def _keep(self, line: str) -> None:
        self._size += len(line) + 1
        if self._size <= COMPONENT_BYTES:
            self._lines.append(line)

    def _keep_in_head(self, number: int, text: str) -> None:
        if self._head_size + len(text) > HEAD_BYTES:
            self._note(number, f"the time zones of one calendar are larger than {HEAD_BYTES} bytes")
            return
        self._head.append(text)
        self._head_size += len(text) + 1
        self._joined = None

    def _cut_off(self, why: str) -> None:
        if self._within:
            self._note(self._from, f"{self._within[0]}: {why}")
        self._within, self._lines = [], []


def _unfolded(source: Readable, note: Note) -> Iterator[tuple[int, str]]:
    """Content lines with the number of their first line; what continues a line begins with a blank."""
    latin = False
    for number, size, line in _whole_lines(source):
        if size > COMPONENT_BYTES:
            note(number, f"a line longer than {COMPONENT_BYTES} bytes")
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = line.decode("latin-1")
            if not latin:
                note(number, "not UTF-8: read as Latin-1")
            latin = True
        yield number, text.translate(_CONTROL).rstrip()


def _whole_lines(source: Readable) -> Iterator[tuple[int, int, bytes]]:
    """The same as bytes, with their size; of one that is too long only the beginning is kept."""
    parts: list[bytes] = []
    begun = size = 0
    for number, line in _lines(source):
        if parts and line[:1] in (b" ", b"\t"):
            size += len(line) - 1
            if size <= COMPONENT_BYTES:
                parts.append(line[1:])
            continue
        if parts:
            yield begun, size, b"".join(parts)
        parts, begun, size = [line], number, len(line)
    if parts:
        yield begun, size, b"".join(parts)


def _lines(source: Readable) -> Iterator[tuple[int, bytes]]:
    """Lines without their ends, LF, CRLF or CR; of one that is too long only so much that it can be seen."""
    rest, number = b"", 0
    while block := source.read(BLOCK_BYTES):
        if not number and not rest:
            block = block.removeprefix(b"\xef\xbb\xbf")
        lines = (rest + block).splitlines(keepends=True)
        rest = lines.pop() if lines else b""
        for line in lines:
            number += 1
            yield number, line.rstrip(b"\r\n")
        if len(rest) > COMPONENT_BYTES + BLOCK_BYTES:
            rest = rest[: COMPONENT_BYTES + 1]
    if rest:
        yield number + 1, rest.rstrip(b"\r\n")

"""Read the `<row .../>` elements of a Stack Exchange dump file one at a time."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cli.progress import Moved, unseen
from cli.report import Report
from cli.sources.fields import NotUnderstood

CHUNK_BYTES = 2**18
LONGEST_ROW_BYTES = 2**22

START = re.compile(rb"<row\b")
ROW = re.compile(rb"""<row\b(?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+>""")
BETWEEN_ROWS = re.compile(rb"\s*(?:</|<!--|\Z)")


def rows(path: Path, report: Report, moved: Moved = unseen) -> Iterator[tuple[str, dict[str, str]]]:
    """Every row's place and attributes, in the file's order; what is no row is reported, and the rest read.

    `<row` cannot stand inside a well-formed attribute, so rows are told apart first and parsed one by one:
    a parser of the whole file would stop for good at the first damaged byte.
    """
    for line, text in _texts(path, moved):
        where = f"{path.name} line {line}"
        report.read += 1
        if text is None:
            report.remark(where, f"longer than {LONGEST_ROW_BYTES} bytes")
            continue
        row = ROW.match(text)
        try:
            element = fromstring(row[0].removesuffix(b"/>").removesuffix(b">") + b"/>" if row else text)
        except (ParseError, DefusedXmlException, ValueError) as error:
            report.remark(where, f"not XML: {error}")
            continue
        if row and not BETWEEN_ROWS.match(text, row.end()):
            report.remark(where, "followed by something that is no row")
        yield where, dict(element.attrib)


def _texts(path: Path, moved: Moved) -> Iterator[tuple[int, bytes | None]]:
    """From each `<row` to the next one, with its line; None for one too long to be a row."""
    line, rest = 1, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            rest += chunk
            starts = [start.start() for start in START.finditer(rest)] or [max(0, len(rest) - 4)]
            line += rest.count(b"\n", 0, starts[0])
            for start, end in pairwise(starts):
                yield line, rest[start:end]
                line += rest.count(b"\n", start, end)
            rest = rest[starts[-1] :]
            if len(rest) > LONGEST_ROW_BYTES:
                yield line, None
                line += rest.count(b"\n")
                rest = b""
            moved(file.tell())
    if START.match(rest):
        yield line, rest


def value(row: dict[str, str], name: str) -> str:
    """An attribute that has to be there."""
    if not (text := row.get(name, "").strip()):
        raise NotUnderstood(f"no {name}")
    return text

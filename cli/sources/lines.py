"""Read a text file line by line, compressed or not; damage is reported with its line and the rest is read."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from cli.progress import Moved, unseen
from cli.report import Report

LONGEST_LINE_BYTES = 65_536
BOMB_RATIO = 100
BOMB_FLOOR_BYTES = 256 * 2**20
"""A compressed file may grow to this size, or to BOMB_RATIO times its own if that is more."""


def lines(
    path: Path, report: Report, moved: Moved = unseen, *, bomb_floor: int = BOMB_FLOOR_BYTES
) -> Iterator[tuple[int, str]]:
    """Every readable line with its number from 1, without its end; `moved` hears the position in the file."""
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        source = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
        allowed = max(bomb_floor, BOMB_RATIO * path.stat().st_size) if packed else None
        for number, line in _pieces(source, report, allowed):
            if number % 1_000 == 0:
                moved(raw.tell())
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                report.read += 1
                report.remark(f"line {number}", "not UTF-8")
                continue
            yield number, text.rstrip("\r\n")
        moved(path.stat().st_size)


def _pieces(source: BinaryIO, report: Report, allowed: int | None) -> Iterator[tuple[int, bytes]]:
    number = size = 0
    try:
        while line := source.readline(LONGEST_LINE_BYTES):
            number += 1
            size += len(line)
            if len(line) < LONGEST_LINE_BYTES or line.endswith(b"\n"):
                yield number, line
            else:
                report.read += 1
                report.remark(f"line {number}", f"longer than {LONGEST_LINE_BYTES} bytes")
                size += _skip_line(source)
            if allowed is not None and size > allowed:
                report.remark(
                    f"line {number}", f"more than {allowed} bytes uncompressed: the rest is not read"
                )
                return
    except EOFError:
        report.remark(f"line {number + 1}", "the compressed file ends here, before its end")
    except (gzip.BadGzipFile, zlib.error) as error:
        report.remark(f"line {number + 1}", f"the compressed file is damaged from here on: {error}")


def _skip_line(source: BinaryIO) -> int:
    size = 0
    while rest := source.readline(LONGEST_LINE_BYTES):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
    return size

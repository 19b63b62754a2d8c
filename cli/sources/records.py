"""Read the records of a CSV file, quoted line ends and all; a broken one costs itself, never the rest."""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice

from cli.report import Report

LONGEST_RECORD_LINES = 200
LONGEST_RECORD = 100_000
"""Lines and characters; a quote still open behind them was never meant to be one."""

Line = tuple[int, str]


def records(lines: Iterator[Line], report: Report) -> Iterator[tuple[int, list[str]]]:
    """The records with the line each begins on, from 1; behind a broken one its next line is read."""
    waiting: deque[Line] = deque()
    while waiting or (waiting := deque(islice(lines, 1))):
        number, text = waiting.popleft()
        if not text.strip():
            continue
        more = _more(number, text, waiting, lines)
        try:
            if more is None:
                raise csv.Error("a quote is not closed")
            fields = next(csv.reader([f"{each}\n" for each in (text, *more)], strict=True))
        except csv.Error as error:
            report.read += 1
            report.remark(f"line {number}", f"not CSV: {error}")
            continue
        for _ in more:
            waiting.popleft()
        yield number, fields


def _more(number: int, text: str, waiting: deque[Line], lines: Iterator[Line]) -> list[str] | None:
    """The lines the record goes on with, which stay in `waiting`; None when its quote is never closed."""
    more: list[str] = []
    quotes, size = text.count('"'), len(text)
    while quotes % 2:
        if len(more) == len(waiting):
            waiting.extend(islice(lines, 1))
        if len(more) in (len(waiting), LONGEST_RECORD_LINES) or size > LONGEST_RECORD:
            return None
        at, line = waiting[len(more)]
        if at != number + len(more) + 1:  # a line between could not be read
            return None
        more.append(line)
        quotes, size = quotes + line.count('"'), size + len(line)
    return more

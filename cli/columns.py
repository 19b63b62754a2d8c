"""Tables as plain text: whole values, so that a program can read them as well as a person."""

from collections.abc import Iterable, Sequence

import typer


def show(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints the rows under their headings, in columns; `none` when there are no rows."""
    lines = [tuple(row) for row in rows]
    if not lines:
        typer.echo("none")
        return
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    for line in (headings, *lines):
        typer.echo("  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())

"""How far a long run has come, shown on a terminal and nowhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Moved = Callable[[int], None]
"""To be called with the position a run has reached."""


def unseen(_position: int) -> None:
    """Nobody watches."""


@contextmanager
def progress(title: str, total: int) -> Iterator[Moved]:
    """Shows `title` and how much of `total` is done; quiet unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield unseen
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda position: bar.update(task, completed=position)

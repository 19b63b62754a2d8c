"""Lists for statements in few lengths, so that each is compiled once: filled up with what is there."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
LONGEST = 512


def padded(values: Sequence[T]) -> list[T]:
    """The values, the last repeated until there are 1, 2, 4, 8 and so on."""
    return [*values, *(list(values[-1:]) * (_length(len(values)) - len(values)))]


def chunks(values: Sequence[T]) -> Iterator[list[T]]:
    """All values in padded pieces."""
    for start in range(0, len(values), LONGEST):
        yield padded(values[start : start + LONGEST])


def _length(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()

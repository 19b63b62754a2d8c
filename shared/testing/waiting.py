"""Waiting with a deadline: no test sleeps and hopes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LONGEST_PAUSE_SECONDS = 0.1


class TooLate(AssertionError):
    """What was waited for did not happen in time."""


def eventually(check: Callable[[], T], *, within: float = 5.0, every: float = 0.02) -> T:
    """The first true answer of `check`; an AssertionError in it is none. `TooLate` after `within` seconds.

    It looks again after `every` seconds, and less often, up to ten times a second, the longer it takes.
    """
    began = time.monotonic()
    deadline = began + within
    last: object = None
    while True:
        try:
            answer = check()
            if answer:
                return answer
            last = answer
        except AssertionError as not_yet:
            last = not_yet
        now = time.monotonic()
        if now > deadline:
            raise TooLate(f"not within {within} s; last seen: {last!r}")
        time.sleep(max(every, min((now - began) / 10, LONGEST_PAUSE_SECONDS)))

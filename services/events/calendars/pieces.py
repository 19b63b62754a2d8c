"""A calendar a little at a time: its bytes, however many -> what a few of its components mean, in order."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from services.events.calendars.drafts import TWICE, Refused, Understood
from services.events.calendars.read import understood
from shared.calendar_text import components

MOST_COMPONENTS = 20_000
AT_ONCE = 5
"""Components taken in by one write: a series that changed brings 25 of its events in line at once."""


def pieces_of(body: bytes, zone: str | None) -> Iterator[list[Understood]]:
    """What a calendar says, series before what is said of their occurrences.

    Never all of it at once: each component brings all the time zones of its calendar."""
    met: dict[str, int] = {}
    for occurrences in (False, True):
        found = islice(components(BytesIO(body), lambda _line, _why: None), MOST_COMPONENTS)
        some = (each for each in found if bool(each.value("RECURRENCE-ID")) is occurrences)
        while piece := list(islice(some, AT_ONCE)):
            yield [_once(understood(index, each, zone), met) for index, each in enumerate(piece)]


def _once(each: Understood, met: dict[str, int]) -> Understood:
    """The same, unless it was met before: then only a later revision counts."""
    if isinstance(each, Refused):
        return each
    if met.get(each.ref, -1) >= each.sequence:
        return Refused(each.index, each.ref, TWICE)
    met[each.ref] = each.sequence
    return each

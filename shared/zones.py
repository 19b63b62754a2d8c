"""The time zones there are: the names of the IANA database, read once."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> frozenset[str]:
    """Every name, `Europe/Berlin` among them."""
    return frozenset(available_timezones())


def zone_name(name: str) -> str:
    """`name` when it is a zone of the IANA database; ValueError for anything else, paths included."""
    if name not in zone_names():
        raise ValueError("not an IANA time zone")
    return name

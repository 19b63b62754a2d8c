"""Time zones of calendars: the name an event gives, what its calendar defines -> a zone of IANA or none."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from services.events.calendars.definitions import Definition
from shared.zones import zone_names

LONGEST_NAME = 200


@lru_cache(maxsize=1000)
def iana(name: str) -> str | None:
    """The zone a name means: IANA's own, one with a vendor's prefix, or one of Windows."""
    known, plain = _known(), name[:LONGEST_NAME].strip().strip('"')
    found = known.get(plain.casefold()) or known.get(_windows().get(plain, "").casefold())
    if found is not None or not plain.startswith(("/", "posix/", "right/")):
        return found
    parts = [part for part in plain.casefold().split("/") if part]
    return next((known[name] for name in map("/".join, _tails(parts)) if name in known), None)


def _tails(parts: list[str]) -> Iterator[list[str]]:
    """`a b c`, `b c`, `c`."""
    return (parts[begin:] for begin in range(len(parts)))


def zone_of(name: str, definitions: Mapping[str, Definition]) -> str | None:
    """The zone `name` means in a calendar with these definitions.

    One that is defined with a single offset of whole hours is `Etc/GMT...`; any other defined zone has no
    name: see `instant_in`."""
    found = iana(name)
    definition = definitions.get(name)
    if found is not None or definition is None:
        return found
    if definition.location and (located := iana(definition.location)):
        return located
    fixed = definition.fixed
    if fixed is None or fixed % timedelta(hours=1):
        return None
    hours = fixed // timedelta(hours=1)
    return "UTC" if hours == 0 else _known().get(f"etc/gmt{-hours:+d}")


def instant_in(name: str, local: datetime, definitions: Mapping[str, Definition]) -> datetime | None:
    """The instant of a local time by the offsets its calendar defines for the zone."""
    definition = definitions.get(name)
    offset = definition.offset_at(local) if definition is not None else None
    return (local - offset).replace(tzinfo=UTC) if offset is not None else None


@cache
def _known() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names() if len(name) <= 64}


@cache
def _windows() -> Mapping[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return WINDOWS_TO_OLSON

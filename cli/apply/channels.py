"""The channels a file names, found by their name."""

from collections.abc import Iterator
from functools import partial

from cli.apply.document import ChannelPart
from cli.apply.plan import Outcome, Place, Step


def steps(place: Place, channels: list[ChannelPart]) -> Iterator[Step]:
    """A step for each channel; then what is there besides."""
    rows = {row["name"]: row for row in place.api.pages(f"{place.root}/channels")} if place.path else {}
    for index, channel in enumerate(channels):
        what, at = f"channel {channel.name}", ("channels", index)
        row = rows.pop(channel.name, None)
        if row is None:
            yield Step(Outcome.CREATE, what, channel.kind, at, partial(_open, place, channel))
        elif differing := [name for name, value in channel.given().items() if row[name] != value]:
            reason = f"{', '.join(differing)}: a channel stays as it was opened"
            yield Step(Outcome.REFUSED, what, reason, at)
        else:
            yield Step(Outcome.UNCHANGED, what, place=at)
    for name in rows:
        yield Step(Outcome.NOT_MANAGED, f"channel {name}")


def _open(place: Place, channel: ChannelPart) -> bool:
    place.api.post(f"{place.root}/channels", channel.given())
    return True

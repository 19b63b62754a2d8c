"""What an event achieved: the rates of its attendance, as DOMAIN D10 defines them."""

from enum import StrEnum


class Verdict(StrEnum):
    WORKED = "worked"
    UNCLEAR = "unclear"
    DID_NOT = "did_not"


def ratio(part: float, whole: float) -> float | None:
    """part / whole, null when there is no whole."""
    return part / whole if whole else None

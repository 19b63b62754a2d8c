"""Time zones as people write them -> IANA zones, by a table; what it does not list is not understood."""

ZONES = {
    "utc": "UTC",
    "gmt": "UTC",
    # Names with their meaning beside them: the place is meant, in summer too, whatever the letters say.
    "pt (pacific time)": "America/Los_Angeles",
    "pst (pacific time)": "America/Los_Angeles",
    "pacific time (pt)": "America/Los_Angeles",
    "mt (mountain time)": "America/Denver",
    "ct (central time)": "America/Chicago",
    "et (eastern time)": "America/New_York",
    "est (eastern time)": "America/New_York",
    "eastern time (et)": "America/New_York",
    # All its countries have the same clock; IANA itself links CET here since 2024b.
    "cet (central european time)": "Europe/Brussels",
    # A name IANA keeps for old files.
    "poland": "Europe/Warsaw",
}
"""Left out on purpose: IST (India, Israel, Ireland), BST, CST and AST mean several places."""


def zone(words: str) -> str | None:
    """The IANA zone that is meant; None when that would be a guess."""
    return ZONES.get(" ".join(words.casefold().split()))

"""What a calendar says of an event beside its time: title, description, place, categories, the link."""

import re
from typing import Any

from services.events.calendars.lines import Property
from services.events.calendars.moments import NotUnderstood

TITLE, DESCRIPTION, NAME, ADDRESS, LINK = 200, 10_000, 200, 500, 2000
"""The longest an event can hold; a text that is longer is cut, and that is said."""
CATEGORIES = 20
_LINK = re.compile(r"https?://[^\s]+")
_NUMBER = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d{0,20})?)\s*")

Properties = dict[str, list[Property]]


def said(given: Properties) -> tuple[dict[str, Any], list[str]]:
    """The columns of an event, and what of the texts was not taken."""
    remarks: list[str] = []
    title = " ".join(_text(given, "SUMMARY", TITLE, remarks).split())
    if not title:
        raise NotUnderstood("SUMMARY is missing")
    location = _text(given, "LOCATION", ADDRESS, remarks)
    venue: dict[str, Any] = {"name": None, "address": None, "geo": _geo(given)}
    venue["name" if len(location) <= NAME else "address"] = location or None
    categories = {
        word.strip().casefold()[:60]
        for each in given.get("CATEGORIES", [])[:CATEGORIES]
        for word in each.texts[:CATEGORIES]
    }
    columns = {
        "title": title,
        "description": _text(given, "DESCRIPTION", DESCRIPTION, remarks) or None,
        "venue": venue if any(venue.values()) else None,
        "categories": tuple(sorted(categories - {""})),
    }
    return columns, remarks


def link(given: Properties) -> str | None:
    """The address people join by (RFC 7986, 5.11)."""
    for name in ("CONFERENCE", "X-GOOGLE-CONFERENCE"):
        for each in given.get(name, []):
            if len(each.value) <= LINK and _LINK.fullmatch(each.value):
                return each.value
    return None


def _text(given: Properties, name: str, limit: int, remarks: list[str]) -> str:
    text = given[name][0].text.strip() if name in given else ""
    if len(text) > limit:
        remarks.append(f"{name} is cut to {limit} characters")
    return text[:limit]


def _geo(given: Properties) -> dict[str, float] | None:
    """Degrees north and east; None where what stands there is no place on earth."""
    if "GEO" not in given:
        return None
    numbers = [_NUMBER.fullmatch(part) for part in given["GEO"][0].value.replace("\\;", ";").split(";")]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    lat, lon = float(numbers[0][1]), float(numbers[1][1])
    return {"lat": lat, "lon": lon} if abs(lat) <= 90 and abs(lon) <= 180 else None

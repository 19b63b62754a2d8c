"""The meetings of the groups as series of events: one for each that says when it is, found by its uid."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from cli.api import Refused
from cli.apply.document import GroupPart, MeetingPart
from cli.apply.plan import Outcome, Place, Step
from cli.apply.yaml_text import Path_
from shared.clock import now

Row = dict[str, Any]
LONGEST_TITLE = 200
MOST_ORGANISERS = 20


class Planned(NamedTuple):
    """A meeting that says when it is, and what it is known by."""

    group: GroupPart
    meeting: MeetingPart
    uid: str
    at: Path_

    @property
    def what(self) -> str:
        return f"series {self.group.slug}: {self.meeting.title}"


def steps(place: Place, community: str, groups: list[GroupPart]) -> Iterator[Step]:
    """A step for each meeting; then the series there are besides."""
    rows = {row["uid"]: row for row in place.api.pages(f"{place.root}/event-series")} if place.path else {}
    for index, group in enumerate(groups):
        titles: Counter[str] = Counter()
        for number, meeting in enumerate(group.meetings):
            titles[meeting.title] += 1
            name = f"guildhall:{community}/{group.slug}/{meeting.title}/{titles[meeting.title]}"
            uid = f"{uuid5(NAMESPACE_URL, name)}@guildhall"
            each = Planned(group, meeting, uid, ("groups", index, "meetings", number))
            yield _step(place, each, rows.pop(uid, None))
    for row in rows.values():
        if row["state"] != "ended":
            yield Step(Outcome.NOT_MANAGED, f"series {row['title']}")


def _step(place: Place, each: Planned, row: Row | None) -> Step:
    if (missing := undecided(each.meeting)) is not None:
        return Step(Outcome.NOT_MANAGED, each.what, f"kept with its group: {missing}", each.at)
    if row is None:
        rule = f"{each.meeting.rule}, {each.meeting.time} {each.meeting.timezone}"
        return Step(Outcome.CREATE, each.what, rule, each.at, partial(_create, place, each))
    if row["state"] == "ended":
        return Step(Outcome.NOT_MANAGED, each.what, "it has ended", each.at)
    try:
        changes = _changes(place, each, row)
    except Refused as error:
        return Step(Outcome.REFUSED, each.what, error.reason, each.at)
    if not changes:
        return Step(Outcome.UNCHANGED, each.what, place=each.at)
    return Step(Outcome.CHANGE, each.what, ", ".join(changes), each.at, partial(_change, place, each, row))


def undecided(meeting: MeetingPart) -> str | None:
    """What is missing to know the days of a meeting; None when nothing is.

    A rule of every week or month is the same from whichever day it begins; one of every two weeks is not.
    """
    if meeting.rule is None or meeting.time is None or meeting.timezone is None:
        return "nothing says exactly when it is"
    parts = dict(part.partition("=")[::2] for part in meeting.rule.split(";"))
    any_start = (
        parts.get("INTERVAL", "1") == "1" and "COUNT" not in parts and parts.keys() & {"BYDAY", "BYMONTHDAY"}
    )
    return None if meeting.starts is not None or any_start else "it has no first day to count from"


def _declared(each: Planned) -> Row:
    """What the file says of the series, as the API answers it."""
    return {
        "title": f"{each.group.name}: {each.meeting.title}"[:LONGEST_TITLE],
        "description": each.meeting.frequency,
        "tz": each.meeting.timezone,
        "rrule": each.meeting.rule,
    }


def _changes(place: Place, each: Planned, row: Row) -> Row:
    """What differs, as a PATCH has it; without a first day the one it was given stays."""
    changes = {name: value for name, value in _declared(each).items() if row[name] != value}
    day, _, clock = row["dtstart"].partition("T")
    if each.meeting.starts is not None or changes.keys() & {"rrule", "tz"}:
        starts = _first(place, each)
        if starts != row["dtstart"]:
            changes["dtstart"] = starts
    elif clock != f"{each.meeting.time}:00":
        changes["dtstart"] = f"{day}T{each.meeting.time}:00"
    if (row["settings"]["venue"] or {}).get("online_url") != each.meeting.url:
        changes["venue"] = _venue(each.meeting)
    if row["group_id"] != place.groups.get(each.group.slug):
        changes["group_id"] = place.groups.get(each.group.slug)
    return changes


def _first(place: Place, each: Planned) -> str:
    """The first occurrence: on or after the first day declared, else after today."""
    zone = each.meeting.timezone or "UTC"
    day = each.meeting.starts or f"{now().astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    asked = {"dtstart": f"{day}T{each.meeting.time}:00", "rrule": each.meeting.rule, "tz": zone, "limit": 1}
    found = place.api.post(f"{place.root}/event-series/preview", asked)["local"]
    return str(found[0]) if found else str(asked["dtstart"])


def _venue(meeting: MeetingPart) -> Row | None:
    return None if meeting.url is None else {"online_url": meeting.url}


def _create(place: Place, each: Planned) -> bool:
    place.group(each.group.slug)
    leaders = [place.members[handle] for handle in each.group.leaders if handle in place.members]
    given = {
        **_declared(each),
        "uid": each.uid,
        "dtstart": _first(place, each),
        "group_id": place.groups[each.group.slug],
        "venue": _venue(each.meeting),
        "organisers": leaders[:MOST_ORGANISERS],
    }
    try:
        place.api.post(f"{place.root}/event-series", given)
    except Refused as error:
        if error.problem.get("type") != "/problems/series-uid-taken":
            raise
        return False
    return True


def _change(place: Place, each: Planned, row: Row) -> bool:
    path = f"{place.root}/event-series/{row['id']}"
    newest = place.api.get(path)
    changes = _changes(place, each, newest)
    if changes:
        place.api.patch(path, {"scope": "all", **changes}, newest["version"])
    return bool(changes)

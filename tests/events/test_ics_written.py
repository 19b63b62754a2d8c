"""Calendars as text: what clients read of it is what was meant, above all when it recurs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from services.events.calendars.lines import escaped, folded, parsed, unescaped
from services.events.calendars.vtimezone import vtimezone
from shared.testing import eventually
from tests.events.conftest import Person
from tests.membership.conftest import Someone

Occurrence = tuple[str, str, str]


def utc(value: Any, zone: str) -> datetime:
    """A value as an instant; a day counts at midnight."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def dates(event: Any, name: str) -> list[Any]:
    lists = event.get(name, [])
    return [each.dt for some in (lists if isinstance(lists, list) else [lists]) for each in some.dts]


def recurring(event: Any) -> list[Any]:
    """The starts of a VEVENT as dateutil finds them, which knows nothing of Guildhall."""
    start = event["DTSTART"].dt
    naive = datetime.fromisoformat(str(start)).replace(tzinfo=None)
    ruled = {naive}
    if "RRULE" in event:
        rule = event["RRULE"].to_ical().decode()
        until = event["RRULE"].get("UNTIL")
        if until:
            here = getattr(start, "tzinfo", None)
            local = until[0].astimezone(here) if isinstance(until[0], datetime) else until[0]
            rule = ";".join(part for part in rule.split(";") if not part.startswith("UNTIL"))
            rule += f";UNTIL={local:%Y%m%dT%H%M%S}"
        found = rrulestr(rule, dtstart=naive)
        ruled |= set(found.between(naive, naive + timedelta(days=500), inc=True))
    plain = {
        name: {datetime.fromisoformat(str(at)).replace(tzinfo=None) for at in dates(event, name)}
        for name in ("RDATE", "EXDATE")
    }
    return sorted((ruled | plain["RDATE"]) - plain["EXDATE"])


def of_feed(answer: bytes) -> list[Occurrence]:
    """Every occurrence a client shows: start, title, status."""
    events: list[Any] = icalendar.Calendar.from_ical(answer).events
    zone = "UTC"
    found: dict[tuple[str, datetime], Occurrence] = {}
    for event in events:
        start = event["DTSTART"].dt
        tz = getattr(start, "tzinfo", None)
        for at in recurring(event):
            if "RECURRENCE-ID" not in event:
                moment = utc(at.replace(tzinfo=tz), zone)
                found[str(event["UID"]), moment] = (
                    moment.isoformat(),
                    str(event["SUMMARY"]),
                    str(event["STATUS"]),
                )
    for event in events:
        if "RECURRENCE-ID" in event:
            key = (str(event["UID"]), utc(event["RECURRENCE-ID"].dt, zone))
            assert key in found, f"{key} is an exception to nothing"
            found[key] = (
                utc(event["DTSTART"].dt, zone).isoformat(),
                str(event["SUMMARY"]),
                str(event["STATUS"]),
            )
    return sorted(found.values())


def of_api(someone: Someone, series: str) -> list[Occurrence]:
    """Every occurrence the API has."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = someone.get(f"/event-series/{series}/occurrences?limit=100{cursor}").json()
        items += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    states = {"cancelled": "CANCELLED", "postponed": "TENTATIVE"}
    return sorted(
        (
            datetime.fromisoformat(item["starts_at"]).isoformat(),
            item["title"],
            states.get(item["state"], "CONFIRMED"),
        )
        for item in items
        if item["recurrence_id"] is not None
    )


@pytest.fixture
def series(organiser: Someone) -> Callable[..., str]:
    """`series(rrule=...)` is the id of a series whose occurrences exist up to the horizon."""

    def make(**changes: Any) -> str:
        start = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT09:30:00")
        given = {
            "title": "Weekly",
            "dtstart": start,
            "tz": "Europe/Berlin",
            "rrule": "FREQ=WEEKLY",
        } | changes
        return str(organiser.made("/event-series", given)["id"])

    return make


def up_to_horizon(found: list[Occurrence], api: list[Occurrence]) -> list[Occurrence]:
    last = (datetime.now(UTC) + timedelta(days=180)).isoformat()
    return [each for each in found if each[0] < last or each[0] <= api[-1][0]]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tz": "America/New_York", "rrule": "FREQ=WEEKLY;BYDAY=TU,TH;INTERVAL=2"},
        {"rrule": "FREQ=MONTHLY;BYDAY=-1FR"},
        {"rrule": "FREQ=DAILY;COUNT=40"},
        {"rrule": "FREQ=WEEKLY;UNTIL=20991231"},
        {"rrule": "FREQ=WEEKLY;COUNT=9", "all_day": True, "dtstart": "2031-03-28"},
        {
            "rrule": None,
            "rdate": ["2031-03-29T10:00:00", "2031-03-30T10:00:00"],
            "dtstart": "2031-03-28T10:00:00",
        },
    ],
    ids=str,
)
def test_a_client_shows_the_occurrences_of_the_api(
    given: dict[str, Any], series: Callable[..., str], organiser: Someone, person: Person
) -> None:
    id_, anybody = series(**given), person()

    def alike() -> bool:
        feed, api = anybody.get("/events.ics").content, of_api(organiser, id_)
        assert up_to_horizon(of_feed(feed), api) == api
        assert feed.count(b"BEGIN:VEVENT") == (1 if api else 0)  # behind the horizon nothing exists yet
        return True

    eventually(alike, within=15)


def test_whatever_happens_to_a_series_clients_see_it(
    series: Callable[..., str], organiser: Someone, person: Person
) -> None:
    id_ = series()
    rows = organiser.get(f"/event-series/{id_}/occurrences?limit=100").json()["items"]
    organiser.made(f"/events/{rows[1]['event_id']}/cancel")
    organiser.made(f"/events/{rows[2]['event_id']}/postpone")
    later = (datetime.fromisoformat(rows[3]["starts_local"]) + timedelta(hours=3)).isoformat()
    changed = {
        "scope": "this",
        "recurrence_id": rows[3]["recurrence_id"],
        "title": "Moved",
        "dtstart": later,
    }
    assert organiser.patch(f"/event-series/{id_}", changed, If_Match="*").status_code == 200
    anybody = person()

    def alike() -> bool:
        api = of_api(organiser, id_)
        assert up_to_horizon(of_feed(anybody.get("/events.ics").content), api) == api
        return True

    eventually(alike, within=15)
    excluded = {"scope": "all", "exdate": [rows[4]["recurrence_id"]]}
    assert organiser.patch(f"/event-series/{id_}", excluded, If_Match="*").status_code == 200
    eventually(alike, within=15)
    other = {"scope": "all", "rrule": "FREQ=WEEKLY;INTERVAL=2"}
    assert organiser.patch(f"/event-series/{id_}", other, If_Match="*").status_code == 200
    eventually(alike, within=15)
    organiser.made(f"/event-series/{id_}/end")
    eventually(alike, within=15)
    feed = of_feed(anybody.get("/events.ics").content)
    assert len(feed) == len(of_api(organiser, id_))


@pytest.mark.either_database
@pytest.mark.parametrize("name", [*sorted(available_timezones())[::23], "Europe/Dublin", "Africa/Casablanca"])
def test_a_zone_as_written_is_the_zone(name: str) -> None:
    zone = ZoneInfo(name)
    text = "\r\n".join(["BEGIN:VCALENDAR", *vtimezone(name, 2026, 2028), "END:VCALENDAR", ""])
    calendar: Any = icalendar.Calendar.from_ical(text)
    written = calendar.timezones[0].to_tz(lookup_tzid=False)
    at = datetime.fromisoformat("2026-01-01")
    while at.year < 2029:
        if at.replace(tzinfo=zone, fold=0).utcoffset() == at.replace(tzinfo=zone, fold=1).utcoffset():
            assert at.replace(tzinfo=written).utcoffset() == at.replace(tzinfo=zone).utcoffset(), at
        at += timedelta(hours=7)


@pytest.mark.either_database
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    line = folded(f"SUMMARY:{escaped(text)}")
    assert max(map(len, line.encode().split(b"\r\n"))) <= 75
    assert line.endswith("\r\n")
    assert not set("\n\r\x0b\x85\u2028") & set(line.replace("\r\n", ""))
    whole = line[:-2].replace("\r\n ", "")
    assert unescaped(whole.partition(":")[2]) == unescaped(escaped(text))
    assert parsed(whole).name == "SUMMARY"
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if all(each.isprintable() or each in "\n\t" for each in plain):
        assert unescaped(escaped(text)) == plain

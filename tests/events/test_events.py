"""Events seen from outside: drafted, published, changed, run through their life, by hand and by the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person, an_event, soon
from tests.membership.conftest import Someone, at_once, codes

Event = dict[str, Any]


def path(event: Event) -> str:
    return f"/events/{event['id']}"


def test_an_event_is_told_in_local_time_and_utc(organiser: Someone) -> None:
    given = an_event(starts_at="2027-07-04T18:30:00", tz="Europe/Berlin", ends_at="2027-07-04T20:00:00")
    event = organiser.made("/events", given)
    assert (event["starts_local"], event["starts_at"]) == ("2027-07-04T18:30:00", "2027-07-04T16:30:00Z")
    assert (event["ends_at"], event["tz"], event["state"]) == (
        "2027-07-04T18:00:00Z",
        "Europe/Berlin",
        "draft",
    )
    same = organiser.made("/events", an_event(starts_at="2027-07-04T16:30:00Z", tz="Europe/Berlin"))
    assert same["starts_local"] == "2027-07-04T18:30:00"
    assert organiser.get(path(event)).json() == event


def test_a_whole_day_lasts_as_long_as_the_day_does(organiser: Someone) -> None:
    given = an_event(starts_at="2027-03-28", tz="Europe/Berlin", all_day=True, duration_minutes=None)
    event = organiser.made("/events", {k: v for k, v in given.items() if v is not None})
    assert (event["starts_at"], event["ends_at"]) == ("2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tz": "Mars/Base"}, "invalid-input"),
        ({"tz": "../../etc/passwd"}, "invalid-input"),
        ({"tz": "x" * 10_000}, "invalid-input"),
        ({"starts_at": "2027-02-30T10:00:00"}, "invalid-input"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "invalid-input"),
        ({"ends_at": "2026-01-01T00:00:00"}, "ends-before-it-starts"),
        ({"duration_minutes": 0}, "invalid-input"),
        ({"capacity": 0}, "invalid-input"),
        ({"title": "  "}, "invalid-input"),
        ({"format_id": str(uuid4())}, "unknown-format"),
        ({"state": "live"}, "invalid-input"),
        ({"venue": {"online_url": "javascript:alert(1)"}}, "invalid-input"),
        ({"registration_window": {"opens_at": "2099-01-01T00:00:00"}}, "window-is-empty"),
        ({"reminders": [{"minutes": 5, "days": 1}]}, "invalid-input"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(
    organiser: Someone, facts: Facts, changes: dict[str, Any], problem: str
) -> None:
    refused = organiser.post("/events", an_event(**changes))
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}")
    assert facts() == []


def test_a_draft_is_known_to_those_who_manage_it(organiser: Someone, person: Person, key: Someone) -> None:
    host = person()
    event = organiser.made("/events", an_event(organisers=[str(host.member_id)]))
    stranger = person()
    missing = stranger.get(f"/events/{uuid4()}")
    hidden = stranger.get(path(event))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json().keys() == missing.json().keys()
    assert stranger.get("/events").json()["items"] == []
    for somebody in (organiser, host, key):
        assert somebody.get(path(event)).status_code == 200
        assert [each["id"] for each in somebody.get("/events").json()["items"]] == [event["id"]]
    assert stranger.post("/events", an_event()).status_code == 403
    assert stranger.post(f"{path(event)}/publish").status_code == 404
    host.made(f"{path(event)}/publish")
    assert stranger.get(path(event)).status_code == 200
    assert stranger.post(f"{path(event)}/cancel").status_code == 403


def test_what_was_never_announced_stays_unknown(organiser: Someone, person: Person) -> None:
    event = organiser.made("/events", an_event())
    organiser.made(f"{path(event)}/cancel")
    series = organiser.made("/event-series", {"title": "Walks", "dtstart": soon(days=2), "draft": True})
    organiser.made(f"/event-series/{series['id']}/end")
    stranger = person()
    for hidden in (path(event), f"{path(event)}.ics", f"/event-series/{series['id']}"):
        assert organiser.get(hidden.removesuffix(".ics")).status_code == 200
        assert stranger.get(hidden).status_code == 404
    assert stranger.get("/events").json()["items"] == stranger.get("/event-series").json()["items"] == []
    assert b"BEGIN:VEVENT" not in stranger.get("/events.ics").content


def test_an_event_goes_through_its_life_by_hand(organiser: Someone, facts: Facts) -> None:
    event = organiser.made("/events", an_event())
    early = organiser.post(f"{path(event)}/start")
    assert (early.status_code, early.json()["allowed"]) == (409, ["publish", "cancel"])
    verbs = ("publish", "open-registration", "close-registration", "open-registration", "start", "complete")
    states = [organiser.made(f"{path(event)}/{verb}")["state"] for verb in verbs]
    assert states == [
        "published",
        "registration_open",
        "registration_closed",
        "registration_open",
        "live",
        "completed",
    ]
    of_event = [
        fact for fact in facts() if fact["fact"].startswith("event_") and "reminder" not in fact["fact"]
    ]
    assert [fact["aggregate_version"] for fact in of_event] == list(range(1, 8))
    over = organiser.patch(path(event), {"title": "Too late"}, If_Match="*")
    assert (over.status_code, over.json()["type"]) == (409, "/problems/event-is-over")


def test_the_clock_runs_an_event(organiser: Someone, stack: Cluster, facts: Facts) -> None:
    """Its moments lie in the past: it opens, closes, starts, ends, and its attendance is settled."""
    event = organiser.made("/events", an_event(registration_window={"opens_at": soon(days=1)}))
    organiser.made(f"{path(event)}/publish")
    long_ago = datetime.now(UTC) - timedelta(days=2)
    moments = {"opens_at": 0, "closes_at": 1, "starts_at": 2, "ends_at": 3, "clock_at": 0}
    when = ", ".join(
        f"{name} = '{(long_ago + timedelta(hours=hours)).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'"
        for name, hours in moments.items()
    )
    stack.execute("events", f"UPDATE event SET {when} WHERE id = '{event['id']}'")
    eventually(lambda: facts("event_attendance_counted"), within=10)
    told = [fact for fact in facts() if fact["fact"].startswith("event_") and "reminder" not in fact["fact"]]
    assert [fact["fact"] for fact in told] == [
        "event_drafted",
        "event_published",
        "event_registration_opened",
        "event_registration_closed",
        "event_started",
        "event_completed",
        "event_attendance_counted",
    ]
    started = datetime.fromisoformat(told[4]["occurred_at"])
    assert abs(started - (long_ago + timedelta(hours=2))) < timedelta(seconds=1)
    assert organiser.get(path(event)).json()["state"] == "completed"


def test_a_postponed_event_needs_a_new_time(organiser: Someone, facts: Facts) -> None:
    event = organiser.made("/events", an_event())
    organiser.made(f"{path(event)}/publish")
    postponed = organiser.made(f"{path(event)}/postpone", {"reason": "The hall is flooded."})
    assert (postponed["state"], postponed["cancel_reason"]) == ("postponed", "The hall is flooded.")
    refused = organiser.post(f"{path(event)}/publish")
    assert refused.json()["type"] == "/problems/new-time-needed"
    past = organiser.post(f"{path(event)}/publish", {"starts_at": "2020-01-01T10:00:00"})
    assert past.json()["type"] == "/problems/new-time-needed"
    again = organiser.made(f"{path(event)}/publish", {"starts_at": soon(days=30)})
    assert (again["state"], again["sequence"]) == ("published", 2)
    assert again["cancel_reason"] is None
    assert again["starts_at"] > event["starts_at"]
    assert [fact["fact"] for fact in facts() if fact["fact"] in ("event_postponed", "event_published")] == [
        "event_published",
        "event_postponed",
        "event_published",
    ]


def test_whole_days_stay_whole_days(organiser: Someone) -> None:
    long = {"starts_at": "2027-03-27", "tz": "Europe/Berlin", "all_day": True}
    event = organiser.made("/events", an_event(**long, duration_minutes=60 * 30))  # one day has 23 hours
    assert (event["starts_at"], event["ends_at"]) == ("2027-03-26T23:00:00Z", "2027-03-28T22:00:00Z")
    moved = organiser.patch(path(event), {"starts_at": "2027-04-03"}, If_Match="*").json()
    assert (moved["starts_at"], moved["ends_at"]) == ("2027-04-02T22:00:00Z", "2027-04-04T22:00:00Z")
    organiser.made(f"{path(event)}/publish")
    organiser.made(f"{path(event)}/postpone")
    late = organiser.made(f"{path(event)}/publish", {"starts_at": "2027-10-30"})  # one day has 25 hours
    assert (late["starts_at"], late["ends_at"]) == ("2027-10-29T22:00:00Z", "2027-10-31T23:00:00Z")
    back = organiser.patch(path(event), {"starts_at": "2027-11-06"}, If_Match="*").json()
    assert (back["starts_at"], back["ends_at"]) == ("2027-11-05T23:00:00Z", "2027-11-07T23:00:00Z")
    walk = organiser.made("/events", an_event(starts_at="2027-07-04T18:30:00"))
    walk = organiser.patch(path(walk), {"all_day": True}, If_Match="*").json()
    assert (walk["starts_at"], walk["ends_at"]) == ("2027-07-04T00:00:00Z", "2027-07-05T00:00:00Z")


def test_one_of_many_changes_at_once_wins(organiser: Someone) -> None:
    event = organiser.made("/events", an_event())
    assert organiser.patch(path(event), {"title": "No tag"}).status_code == 428
    tag = organiser.get(path(event)).headers["etag"]
    acts = [lambda n=n: organiser.patch(path(event), {"title": f"Walk {n}"}, If_Match=tag) for n in range(10)]
    assert codes(at_once(acts)) == [200] + [412] * 9
    assert organiser.get(path(event)).json()["version"] == 2


def test_moving_an_event_is_told(organiser: Someone, facts: Facts) -> None:
    event = organiser.made("/events", an_event())
    organiser.made(f"{path(event)}/publish")
    moved = organiser.patch(
        path(event), {"starts_at": soon(days=9), "description": None}, If_Match="*"
    ).json()
    assert moved["sequence"] == 1
    lasts = datetime.fromisoformat(moved["ends_at"]) - datetime.fromisoformat(moved["starts_at"])
    assert lasts == timedelta(minutes=90)
    renamed = organiser.patch(path(event), {"capacity": 40}, If_Match="*").json()
    assert (renamed["capacity"], renamed["sequence"]) == (40, 1)
    assert [fact["moved"] for fact in facts("event_updated")] == [True, False]


def test_the_link_is_for_the_registered(organiser: Someone, person: Person, stack: Cluster) -> None:
    link = f"https://meet.test/{uuid4()}"
    event = organiser.made("/events", an_event(venue={"name": "Online", "online_url": link}))
    for verb in ("publish", "open-registration"):
        organiser.made(f"{path(event)}/{verb}")
    ada, eve = person(), person()
    ada.made(f"{path(event)}/registrations", {})
    assert ada.get(path(event)).json()["venue"]["online_url"] == link
    assert organiser.get(path(event)).json()["venue"]["online_url"] == link
    assert eve.get(path(event)).json()["venue"] == {"name": "Online", "address": None, "geo": None} | {
        "online_url": None
    }
    listed = eve.get("/events").json()["items"]
    assert [each["venue"]["online_url"] for each in listed] == [None]
    seen = eve.get(path(event))
    eve.made(f"{path(event)}/registrations", {})
    again = eve.get(path(event), If_None_Match=seen.headers["etag"])
    assert (again.status_code, again.json()["venue"]["online_url"]) == (200, link)
    kept = stack.rows("events", f"SELECT online_url FROM event WHERE id = '{event['id']}'")
    assert link not in str(kept)


def test_events_are_found_by_what_they_are(organiser: Someone) -> None:
    group = str(uuid4())
    first = organiser.made("/events", an_event(starts_at=soon(days=1), group_id=group))
    second = organiser.made("/events", an_event(starts_at=soon(days=2)))
    organiser.made(f"{path(second)}/publish")
    ids = {"first": first["id"], "second": second["id"]}

    def found(query: str) -> list[str]:
        items = organiser.get(f"/events?{query}").json()["items"]
        return [name for item in items for name, id_ in ids.items() if id_ == item["id"]]

    assert found("") == ["first", "second"]
    assert found("state=published") == ["second"]
    assert found(f"group={group}") == ["first"]
    assert found(f"starts_from={second['starts_at']}") == ["second"]
    assert found(f"starts_to={second['starts_at']}") == ["first"]
    assert found(f"updated_since={first['updated_at']}&limit=1") == ["first"]
    page = organiser.get("/events?limit=1").json()
    assert found(f"limit=1&cursor={page['next_cursor']}") == ["second"]

"""Calendars brought in: what they say becomes events and series once, whatever is wrong with the rest."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person
from tests.membership.conftest import Someone, at_once, codes

Bring = Callable[..., dict[str, Any]]
TOO_MUCH = "The recurrence rule asks for too much: COUNT is at most 730"
RANGE = "RECURRENCE-ID with RANGE changes more than one occurrence"


def a_vevent(uid: str = "walk@example.org", *lines: str, **changes: str | None) -> str:
    """A VEVENT in a month, as another program writes it."""
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    given: dict[str, str | None] = {
        "UID": uid,
        "DTSTAMP": "20260101T000000Z",
        "DTSTART": f"{start:%Y%m%dT%H%M%SZ}",
        "DURATION": "PT1H",
        "SUMMARY": "A walk",
    }
    given |= changes
    said = [f"{name.replace('_', '-')}:{value}" for name, value in given.items() if value is not None]
    return "\r\n".join(["BEGIN:VEVENT", *said, *lines, "END:VEVENT"])


def a_calendar(*components: str, **head: str) -> str:
    own = [f"{name.replace('_', '-')}:{value}" for name, value in head.items()]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *own, *components, "END:VCALENDAR", ""])


def in_days(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y%m%dT%H%M%SZ}"


@pytest.fixture
def bring(key: Someone) -> Bring:
    """`bring(a_vevent(...))` is what the import of a calendar with it answers."""

    def send(*components: str, source: str = "ics", **options: Any) -> dict[str, Any]:
        return key.made("/events/import", {"source": source, "calendar": a_calendar(*components)} | options)

    return send


def outcomes(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(item["outcome"], item["reason"]) for item in answer["items"]]


def test_an_event_is_brought_in_once(bring: Bring, key: Someone, facts: Facts) -> None:
    said = a_vevent(DESCRIPTION="Bring boots\\, please", LOCATION="The gate", GEO="52.5;13.25")
    (made,) = bring(said)["items"]
    assert (made["outcome"], made["ref"]) == ("created", "walk@example.org")
    event = key.get(f"/events/{made['id']}").json()
    assert (event["title"], event["state"]) == ("A walk", "published")
    assert event["description"] == "Bring boots, please"
    assert event["venue"]["name"] == "The gate"
    assert event["venue"]["geo"] == {"lat": 52.5, "lon": 13.25}
    before = facts()
    assert [fact["fact"] for fact in before] == ["event_published"]
    assert before[0]["actor"] == {"kind": "import", "id": "ics"}
    (again,) = bring(said)["items"]
    assert again == made | {"outcome": "unchanged"}
    assert facts() == before


def test_what_is_past_took_place_and_reminds_nobody(bring: Bring, key: Someone, facts: Facts) -> None:
    (made,) = bring(a_vevent(DTSTART="20200229T100000Z"))["items"]
    event = key.get(f"/events/{made['id']}").json()
    assert (event["state"], event["reminders"]) == ("completed", [])
    assert [fact["fact"] for fact in facts()] == ["event_published", "event_completed"]
    assert facts("event_completed")[0]["occurred_at"].startswith("2020-02-29T11:00:00")


def test_a_change_there_is_a_change_here(bring: Bring, key: Someone, facts: Facts) -> None:
    (made,) = bring(a_vevent())["items"]
    (changed,) = bring(a_vevent(SUMMARY="A longer walk", DTSTART=in_days(40), SEQUENCE="1"))["items"]
    assert changed == made | {"outcome": "changed"}
    event = key.get(f"/events/{made['id']}").json()
    assert event["title"] == "A longer walk"
    assert facts("event_updated")[0]["moved"] is True
    (older,) = bring(a_vevent())["items"]
    assert older["outcome"] == "unchanged"
    key.patch(f"/events/{made['id']}", {"title": "Ours"}, If_Match="*")
    (newer,) = bring(a_vevent(SUMMARY="Theirs", DTSTART=in_days(40), SEQUENCE="1"))["items"]
    assert newer["outcome"] == "changed"


def test_what_is_called_off_there_is_called_off_here(bring: Bring, key: Someone, facts: Facts) -> None:
    (made,) = bring(a_vevent())["items"]
    (off,) = bring(a_vevent(STATUS="CANCELLED"))["items"]
    assert off == made | {"outcome": "changed"}
    assert key.get(f"/events/{made['id']}").json()["state"] == "cancelled"
    (again,) = bring(a_vevent(STATUS="CANCELLED"))["items"]
    assert again["outcome"] == "unchanged"
    assert len(facts("event_cancelled")) == 1
    assert outcomes(bring(a_vevent("other", STATUS="CANCELLED"))) == [
        ("refused", "it is called off, and not known here")
    ]
    by_method = a_calendar(a_vevent("third"), METHOD="CANCEL")
    bring(a_vevent("third"))
    assert outcomes(bring(calendar=by_method)) == [("changed", None)]


def test_a_series_is_one_series_with_its_exceptions(bring: Bring, key: Someone) -> None:
    start = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=10)
    third, second = (start + timedelta(weeks=weeks) for weeks in (2, 1))
    zone = "TZID=Europe/Berlin"
    master = a_vevent(
        "weekly",
        f"DTSTART;{zone}:{start:%Y%m%dT%H%M%S}",
        "RRULE:FREQ=WEEKLY;COUNT=5",
        f"EXDATE;{zone}:{second:%Y%m%dT%H%M%S}",
        DTSTART=None,
        SUMMARY="Weekly",
    )
    moved = a_vevent(
        "weekly",
        f"RECURRENCE-ID;{zone}:{third:%Y%m%dT%H%M%S}",
        f"DTSTART;{zone}:{third + timedelta(hours=2):%Y%m%dT%H%M%S}",
        DTSTART=None,
        SUMMARY="Moved",
    )
    off = a_vevent(
        "weekly",
        f"RECURRENCE-ID;{zone}:{start + timedelta(weeks=3):%Y%m%dT%H%M%S}",
        STATUS="CANCELLED",
    )
    answer = bring(off, moved, master)
    assert outcomes(answer) == [("changed", None), ("created", None), ("created", None)]
    path = f"/event-series/{answer['items'][2]['id']}/occurrences"

    def occurrences() -> list[tuple[str, str, str]]:
        items = key.get(path).json()["items"]
        assert len(items) == 4
        return [(item["starts_local"], item["title"], item["state"]) for item in items]

    expected = [
        (f"{start:%Y-%m-%dT10:00:00}", "Weekly", "published"),
        (f"{third:%Y-%m-%dT12:00:00}", "Moved", "published"),
        (f"{start + timedelta(weeks=3):%Y-%m-%dT10:00:00}", "Weekly", "cancelled"),
        (f"{start + timedelta(weeks=4):%Y-%m-%dT10:00:00}", "Weekly", "published"),
    ]
    assert eventually(occurrences, within=10) == expected
    assert [item["outcome"] for item in bring(off, moved, master)["items"]] == ["unchanged"] * 3
    changed = master.replace("SUMMARY:Weekly", "SUMMARY:Every week")
    assert outcomes(bring(changed)) == [("changed", None)]
    assert [title for _, title, _ in occurrences()] == ["Every week", "Moved", "Weekly", "Every week"]
    assert outcomes(bring(a_vevent("weekly", STATUS="CANCELLED"))) == [("changed", None)]
    eventually(lambda: {state for *_, state in occurrences()} == {"cancelled"}, within=10)


@pytest.mark.parametrize(
    ("lines", "changes", "reason"),
    [
        ((), {"DTSTART": None}, "DTSTART is missing"),
        ((), {"DTSTART": "tomorrow"}, "DTSTART 'tomorrow' is not a time"),
        ((), {"DTSTART": "20260230T100000Z"}, "DTSTART '20260230T100000Z' is not a time"),
        ((), {"DTSTART": "19691231T100000Z"}, "DTSTART is not between 1970 and 2200"),
        ((), {"DTSTART": "20300101T100000"}, "DTSTART has no time zone, and none is said for such times"),
        (("DTSTART;TZID=Nowhere:20300101T100000",), {"DTSTART": None}, "time zone 'Nowhere' is not known"),
        ((), {"DTEND": "20200101T000000Z"}, "it ends before it starts"),
        ((), {"DURATION": "-PT1H"}, "it ends before it starts"),
        ((), {"DURATION": "P15D"}, "it is longer than 14 days"),
        ((), {"SUMMARY": None}, "SUMMARY is missing"),
        ((), {"CLASS": "PRIVATE"}, "it is marked private"),
        (("RRULE:FREQ=SECONDLY",), {}, "Events do not recur this often: SECONDLY is too often"),
        (("RRULE:FREQ=DAILY;COUNT=9999999",), {}, TOO_MUCH),
        (("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), {}, "A series has one recurrence rule"),
        (("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",), {}, "The rule has no occurrence"),
        (("RECURRENCE-ID;RANGE=THISANDFUTURE:20300101T100000Z",), {}, RANGE),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_the_rest_goes_on(
    lines: tuple[str, ...], changes: dict[str, str | None], reason: str, bring: Bring, facts: Facts
) -> None:
    answer = bring(a_vevent("bad", *lines, **changes), a_vevent("good"))
    assert outcomes(answer) == [("refused", reason), ("created", None)]
    assert len(facts()) == 1


def test_an_answer_to_an_invitation_is_no_event(bring: Bring) -> None:
    reply = a_calendar(a_vevent("invited"), METHOD="REPLY")
    assert outcomes(bring(calendar=reply + a_calendar(a_vevent("invited"), METHOD="REQUEST"))) == [
        ("refused", "METHOD:REPLY: an answer to an invitation is no event"),
        ("created", None),
    ]


def test_other_components_are_no_events(bring: Bring) -> None:
    task = "BEGIN:VTODO\r\nUID:t\r\nSUMMARY:Do it\r\nEND:VTODO"
    assert outcomes(bring(task)) == [("refused", "VTODO is no event")]


def test_a_uid_that_stands_twice_counts_once(bring: Bring) -> None:
    answer = bring(a_vevent(), a_vevent(SUMMARY="Another"), a_vevent(SUMMARY="Newer", SEQUENCE="2"))
    assert [item["outcome"] for item in answer["items"]] == ["created", "refused", "changed"]


def test_what_was_made_here_does_not_come_back(bring: Bring, published: Any, key: Someone) -> None:
    published()
    own = key.get("/events.ics").text
    assert outcomes(bring(calendar=own)) == [("refused", "it was made here")]


def test_what_is_cut_is_said(bring: Bring, key: Someone) -> None:
    (made,) = bring(a_vevent(SUMMARY="x" * 300))["items"]
    assert (made["outcome"], made["reason"]) == ("created", "SUMMARY is cut to 200 characters")
    assert key.get(f"/events/{made['id']}").json()["title"] == "x" * 200


def test_an_address_to_join_by_is_for_the_registered(
    bring: Bring, key: Someone, person: Person, stack: Cluster
) -> None:
    (made,) = bring(a_vevent("online", "CONFERENCE;VALUE=URI:https://meet.example/room"))["items"]
    path = f"/events/{made['id']}"
    assert key.get(path).json()["venue"]["online_url"] == "https://meet.example/room"
    assert person().get(path).json()["venue"]["online_url"] is None
    assert "meet.example" not in str(stack.rows("events", "SELECT online_url FROM event"))


def test_a_format_and_a_group_are_taken_over(bring: Bring, key: Someone) -> None:
    known = key.made(
        "/formats", {"key": "walk", "name": "Walk", "default_minutes": 60, "setting": "in_person"}
    )
    group = str(uuid4())
    (made,) = bring(a_vevent("w", "CATEGORIES:Outdoor,WALK"), group_id=group)["items"]
    event = key.get(f"/events/{made['id']}").json()
    assert (event["format_id"], event["group_id"]) == (known["id"], group)


def test_the_same_uid_of_another_source_or_community_is_another_event(bring: Bring, person: Person) -> None:
    other = person("admin", within=uuid4())
    elsewhere = other.made("/events/import", {"source": "ics", "calendar": a_calendar(a_vevent())})
    ids = {bring(a_vevent(), source=source)["items"][0]["id"] for source in ("ics", "other")}
    assert len(ids | {elsewhere["items"][0]["id"]}) == 3


def test_two_imports_at_once_keep_each_event_once(key: Someone, facts: Facts) -> None:
    body = {"source": "ics", "calendar": a_calendar(*(a_vevent(f"e{n}") for n in range(10)))}
    answers = at_once([lambda: key.post("/events/import", body)] * 4)
    assert set(codes(answers)) <= {200, 503}
    assert 200 in codes(answers)
    assert len(facts("event_published")) == 10


def test_who_may_not_import_is_refused(person: Person, organiser: Someone) -> None:
    body = {"source": "ics", "calendar": a_calendar(a_vevent())}
    assert [who.post("/events/import", body).status_code for who in (person(), organiser)] == [403, 403]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT\nUID:1",
        "\ufeffBEGIN:VCALENDAR\nEND:VCALENDAR",
        "A" * 300_000,
    ],
)
def test_what_is_no_calendar_is_no_failure(text: str, key: Someone) -> None:
    answer = key.post("/events/import", {"source": "ics", "calendar": text})
    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or answer.json()["items"] == []


def test_a_piece_is_bounded(key: Someone) -> None:
    many = a_calendar(*(a_vevent(f"e{n}") for n in range(101)))
    refused = key.post("/events/import", {"source": "ics", "calendar": many})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/too-many-events")
    assert refused.json()["limit"] == 100

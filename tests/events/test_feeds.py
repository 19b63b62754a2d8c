"""Calendars as others read them: of the community, of one event, and a member's own by its token."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import icalendar
import pytest

from shared.identity import Actor
from shared.testing import Cluster
from tests.events.conftest import Person, an_event
from tests.membership.conftest import Someone, at_once, codes

Made = Callable[..., dict[str, Any]]


def read(answer: httpx.Response) -> Any:
    """A calendar as a client's library understands it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private"
    body = answer.content
    assert body.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, body.split(b"\r\n"))) <= 75
    found = icalendar.Calendar.from_ical(body)
    assert isinstance(found, icalendar.Calendar)
    return found


def titles(answer: httpx.Response) -> list[str]:
    return [str(event["SUMMARY"]) for event in read(answer).events]


@pytest.fixture
def nobody(stack: Cluster, community: UUID) -> Iterator[Someone]:
    """Whom the gateway lets through without a credential."""
    with stack.direct("events", Actor("person", "nobody", community_id=community)) as client:
        yield Someone(client, community)


def test_what_is_announced_is_in_the_calendar_of_the_community(
    organiser: Someone, person: Person, published: Made
) -> None:
    venue = {"name": "Old town hall", "address": "Market 1", "geo": {"lat": 52.5, "lon": 13.25}}
    event = published(title="A walk", venue=venue | {"online_url": "https://meet.example/secret"})
    organiser.made("/events", an_event(title="Not yet"))
    answer = person().get("/events.ics")
    (found,) = read(answer).events
    assert str(found["UID"]) == event["uid"]
    assert (found["SEQUENCE"], str(found["STATUS"])) == (event["sequence"], "CONFIRMED")
    assert str(found["LOCATION"]) == "Old town hall, Market 1"
    assert (found["GEO"].latitude, found["GEO"].longitude) == (52.5, 13.25)
    assert "secret" not in answer.text


def test_a_filter_and_days_choose_what_is_shown(person: Person, published: Made) -> None:
    published(title="Early", starts_at="2027-03-01T10:00:00")
    published(title="Late", starts_at="2027-05-01T10:00:00")
    anybody = person()
    assert titles(anybody.get("/events.ics?from=2027-04-01")) == ["Late"]
    assert titles(anybody.get("/events.ics?to=2027-04-01")) == ["Early"]
    assert titles(anybody.get(f"/events.ics?group={uuid4()}")) == []
    assert anybody.get("/events.ics?from=tomorrow").status_code == 422


def test_a_zone_is_defined_for_clients_and_the_time_stays_local(person: Person, published: Made) -> None:
    published(tz="Europe/Berlin", starts_at="2027-03-28T03:30:00", duration_minutes=90)
    answer = person().get("/events.ics")
    (found,) = read(answer).events
    assert found["DTSTART"].to_ical() == b"20270328T033000"
    assert found["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert found["DTEND"].to_ical() == b"20270328T050000"
    (zone,) = read(answer).timezones
    changes = {(str(part.name), part["DTSTART"].to_ical()) for part in zone.subcomponents}
    assert ("DAYLIGHT", b"20270328T020000") in changes
    assert ("STANDARD", b"20271031T030000") in changes


def test_days_stay_days(person: Person, published: Made) -> None:
    published(
        all_day=True, starts_at="2027-03-27", ends_at="2027-03-29", tz="Europe/Berlin", duration_minutes=None
    )
    (found,) = read(person().get("/events.ics")).events
    assert (found["DTSTART"].to_ical(), found["DTEND"].to_ical()) == (b"20270327", b"20270329")


def test_what_is_called_off_or_moved_says_so(organiser: Someone, person: Person, published: Made) -> None:
    off, moved = published(title="Off"), published(title="Moved")
    organiser.made(f"/events/{off['id']}/cancel", {"reason": "rain"})
    organiser.made(f"/events/{moved['id']}/postpone")
    said = {
        str(e["SUMMARY"]): (str(e["STATUS"]), e["SEQUENCE"]) for e in read(person().get("/events.ics")).events
    }
    assert said == {
        "Off": ("CANCELLED", off["sequence"] + 1),
        "Moved": ("TENTATIVE", moved["sequence"] + 1),
    }


def test_speakers_on_stage_are_named(organiser: Someone, person: Person, published: Made) -> None:
    event = published(description="About owls.", starts_at="2031-03-01T10:00:00")
    speaker = organiser.made("/speakers", {"kind": "guest", "name": "Ada Lovelace", "topics": []})
    invitation = organiser.made(
        f"/events/{event['id']}/speaker-invitations",
        {"speaker_id": speaker["id"], "deadline": "2030-01-01T00:00:00Z"},
    )
    anybody = person()
    path = f"/events/{event['id']}/speaker-invitations/{invitation['id']}"
    before = anybody.get("/events.ics")
    assert "Ada" not in before.text
    organiser.made(f"{path}/accept")
    after = anybody.get("/events.ics")
    (found,) = read(after).events
    assert str(found["DESCRIPTION"]) == "About owls.\n\nSpeakers: Ada Lovelace"
    assert before.headers["etag"] != after.headers["etag"]


def test_whoever_has_the_calendar_is_not_sent_it_again(
    organiser: Someone, person: Person, published: Made
) -> None:
    event = published()
    anybody = person()
    tag = anybody.get("/events.ics").headers["etag"]
    again = anybody.get("/events.ics", If_None_Match=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "private"
    organiser.patch(f"/events/{event['id']}", {"title": "Another"}, If_Match="*")
    changed = anybody.get("/events.ics", If_None_Match=tag)
    assert titles(changed) == ["Another"]
    assert changed.headers["etag"] != tag


def test_one_event_has_a_calendar_beside_its_page(
    organiser: Someone, person: Person, published: Made
) -> None:
    event, draft = published(), organiser.made("/events", an_event())
    anybody = person()
    assert titles(anybody.get(f"/events/{event['id']}.ics")) == [event["title"]]
    assert anybody.get(f"/events/{event['id']}").json()["id"] == event["id"]
    assert titles(organiser.get(f"/events/{draft['id']}.ics")) == [draft["title"]]
    assert anybody.get(f"/events/{draft['id']}.ics").status_code == 404
    assert anybody.get(f"/events/{uuid4()}.ics").status_code == 404
    assert anybody.get("/events/nonsense.ics").status_code == 422


@pytest.mark.parametrize(
    "text", ["a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil", "a\u2028b\u0085c", "x;y,z\\n", "é" * 150]
)
def test_a_text_is_never_more_than_a_text(text: str, person: Person, published: Made) -> None:
    published(title=text, description=text, venue={"name": text})
    (found,) = read(person().get("/events.ics")).events
    for name in ("SUMMARY", "DESCRIPTION", "LOCATION"):
        said = str(found[name])
        assert said.replace(" ", "") == "".join(c for c in text.replace("\r", "") if c not in "\u2028\u0085 ")


def test_a_member_has_a_calendar_of_what_they_come_to(
    person: Person, published: Made, nobody: Someone
) -> None:
    mine = published(title="Mine", venue={"online_url": "https://meet.example/room?a=1,2"})
    published(title="Not mine")
    member = person()
    member.made(f"/events/{mine['id']}/registrations", {})
    feed = member.made("/members/me/calendar-feed")
    assert feed["url"] == f"/v1/communities/{member.community}/members/me/events.ics?token={feed['token']}"
    answer = nobody.client.get(feed["url"])
    (found,) = read(answer).events
    assert (str(found["SUMMARY"]), str(found["URL"])) == ("Mine", "https://meet.example/room?a=1,2")
    assert str(found["CONFERENCE"]) == "https://meet.example/room?a=1,2"
    again = nobody.client.get(feed["url"], headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_an_organiser_has_what_they_organise(organiser: Someone, published: Made, nobody: Someone) -> None:
    published(title="Held by me")
    organiser.made("/events", an_event(title="Not announced"))
    feed = organiser.made("/members/me/calendar-feed")
    assert titles(nobody.client.get(feed["url"])) == ["Held by me"]


def test_one_token_at_a_time_opens_a_feed(person: Person, nobody: Someone) -> None:
    member = person()
    assert member.get("/members/me/calendar-feed").status_code == 404
    first = member.made("/members/me/calendar-feed")
    second = member.made("/members/me/calendar-feed")
    assert nobody.client.get(first["url"]).status_code == 404
    assert nobody.client.get(second["url"]).status_code == 200
    told = member.get("/members/me/calendar-feed").json()
    assert told == {"id": second["id"], "created_at": second["created_at"]}
    assert member.delete("/members/me/calendar-feed").status_code == 204
    assert nobody.client.get(second["url"]).status_code == 404
    assert member.delete("/members/me/calendar-feed").status_code == 204


def test_feeds_asked_for_at_once_leave_one(person: Person, nobody: Someone) -> None:
    member = person()
    answers = at_once([lambda: member.post("/members/me/calendar-feed")] * 4)
    assert set(codes(answers)) <= {201, 409}
    made = [answer.json()["url"] for answer in answers if answer.status_code == 201]
    assert [nobody.client.get(url).status_code for url in made].count(200) == 1


def test_a_repeated_request_shows_no_token(person: Person, stack: Cluster) -> None:
    member = person()
    first = member.post("/members/me/calendar-feed", Idempotency_Key="once")
    again = member.post("/members/me/calendar-feed", Idempotency_Key="once")
    assert again.json() == first.json() | {"token": None, "url": None}
    token = first.json()["token"]
    assert token not in str(stack.rows("events", "SELECT token_hash FROM calendar_feed"))
    assert token not in str(stack.rows("events", "SELECT * FROM idempotency"))


@pytest.mark.parametrize("query", ["", "?token=", "?token=guessed", f"?token={'x' * 43}"])
def test_what_opens_nothing_is_as_missing_as_none(query: str, nobody: Someone) -> None:
    answer = nobody.get(f"/members/me/events.ics{query}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_a_token_opens_nothing_in_another_community(person: Person, nobody: Someone) -> None:
    feed = person(within=uuid4()).made("/members/me/calendar-feed")
    assert nobody.get(f"/members/me/events.ics?token={feed['token']}").status_code == 404


def test_whoever_left_has_no_feed_any_more(person: Person, nobody: Someone, stack: Cluster) -> None:
    member = person()
    feed = member.made("/members/me/calendar-feed")
    columns = "community_id, member_id, standing, fact_version"
    ids = f"('{member.community}', '{member.member_id}', 'left', 1)"
    stack.execute("events", f"INSERT INTO standing ({columns}) VALUES {ids}")
    assert nobody.client.get(feed["url"]).status_code == 404


def test_a_key_has_no_feed(key: Someone) -> None:
    assert key.post("/members/me/calendar-feed").status_code == 403

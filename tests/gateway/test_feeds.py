"""Private calendars through the front door: whoever has the token need not sign in, nobody else gets in."""

from uuid import uuid4

import httpx
import icalendar
import pytest

from services.gateway.routes import Found, Routes
from shared.testing import Cluster
from tests.gateway.conftest import SignIn

ME = "/v1/c/{id}/members/me"
ROUTES = Routes(
    {
        "membership": ["/v1/c/{id}/members/{member}", "/v1/c/{id}/members/me/demographics"],
        "events": [f"{ME}/events.ics", f"{ME}/calendar-feed", "/v1/e/{event}.ics"],
    },
    {f"{ME}/events.ics"},
)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/v1/c/1/members/me/events.ics", Found("events", "", by_token=True)),
        ("/v1/c/1/members/me/calendar-feed", Found("events", "")),
        ("/v1/c/1/members/me/demographics", Found("membership", "")),
        ("/v1/c/1/members/7", Found("membership", "")),
        ("/v1/c/1/members/me/events.ics/more", None),
        ("/v1/c/1/members/7/events.ics", Found("membership", "")),
        ("/v1/e/7.ics", Found("events", "")),
    ],
)
def test_only_the_very_path_of_a_feed_is_open(path: str, found: Found | None) -> None:
    assert ROUTES.find(path) == found


@pytest.fixture
def member(sign_in: SignIn) -> tuple[httpx.Client, str]:
    """A member of a community of their own, which strangers do not know of."""
    client = sign_in()
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "Owls", "kind": "coi", "visibility": "members"}
    community = client.post("/v1/communities", json=given)
    assert community.status_code == 201, community.text
    return client, f"/v1/communities/{community.json()['id']}"


def test_a_calendar_program_reads_a_feed_by_its_address_alone(
    member: tuple[httpx.Client, str], anonymous: httpx.Client
) -> None:
    client, community = member
    event = {"title": "Owls by night", "starts_at": "2031-03-01T20:00:00", "tz": "Europe/Berlin"}
    made = client.post(f"{community}/events", json=event)
    assert made.status_code == 201, made.text
    client.post(f"{community}/events/{made.json()['id']}/publish")
    feed = client.post(f"{community}/members/me/calendar-feed").json()
    answer = anonymous.get(feed["url"])
    assert answer.status_code == 200, answer.text
    assert [str(e["SUMMARY"]) for e in icalendar.Calendar.from_ical(answer.content).events] == [
        "Owls by night"
    ]
    tag = answer.headers["etag"]
    assert anonymous.get(feed["url"], headers={"If-None-Match": tag}).status_code == 304
    assert anonymous.get(feed["url"], headers={"Authorization": "Bearer nonsense"}).status_code == 200
    client.delete(f"{community}/members/me/calendar-feed")
    assert anonymous.get(feed["url"]).status_code == 404


def test_without_the_token_nobody_gets_in(member: tuple[httpx.Client, str], anonymous: httpx.Client) -> None:
    client, community = member
    feed = client.post(f"{community}/members/me/calendar-feed").json()
    path = f"{community}/members/me"
    refused = anonymous.get(f"{path}/events.ics?token=guessed")
    unknown = anonymous.get(f"/v1/communities/{uuid4()}/members/me/events.ics?token=guessed")
    assert (refused.status_code, refused.content) == (404, unknown.content)
    assert anonymous.get("/v1/communities/nonsense/members/me/events.ics").status_code == 404
    token = f"token={feed['token']}"
    for elsewhere in ("/events.ics", "/events", "/members/me/calendar-feed", "/members/me/demographics"):
        assert anonymous.get(f"{community}{elsewhere}?{token}").status_code == 401
    assert anonymous.post(f"{path}/events.ics?{token}").status_code == 405
    assert anonymous.get(f"{path}/calendar-feed?{token}").status_code == 401


def test_both_pages_and_calendars_of_events_are_reached(member: tuple[httpx.Client, str]) -> None:
    client, community = member
    event = client.post(
        f"{community}/events", json={"title": "Owls", "starts_at": "2031-03-01T20:00:00"}
    ).json()
    page = client.get(f"{community}/events/{event['id']}")
    assert page.headers["content-type"] == "application/json"
    for path in (f"{community}/events/{event['id']}.ics", f"{community}/events.ics"):
        assert client.get(path).headers["content-type"] == "text/calendar; charset=utf-8"
    assert client.get(f"{community}/members/me/demographics").status_code == 200


def test_guessing_is_limited_by_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    limits = {"RATE_LIMIT_PER_SECOND": "0.1", "RATE_LIMIT_BURST": "3"}
    home = tmp_path_factory.mktemp("home")
    with Cluster(home, ("gateway", "membership", "events"), environment=limits, migrated=True) as strict:
        path = f"/v1/communities/{uuid4()}/members/me/events.ics"
        with strict.client("") as nobody:
            answers = [nobody.get(f"{path}?token={number}").status_code for number in range(5)]
    assert answers == [404] * 3 + [429] * 2

"""Calendars of others, fetched again and again: what changed is taken in, what fails is said and retried."""

import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.events.calendars import rules
from services.events.calendars.pieces import pieces_of
from services.events.calendars.subscribe import AddressNotAllowed, called
from shared.contracts import events as contract
from shared.testing import Cluster, Postgres, eventually
from tests.events.test_import_ics import a_calendar, a_vevent
from tests.membership.conftest import Someone


class Calendar:
    """Somebody's server: it answers `status` with `body`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.tag = 200, a_calendar(a_vevent()).encode(), '"one"'
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append({name.lower(): value for name, value in self.headers.items()})
                known = self.headers.get("If-None-Match") == outer.tag
                self.send_response(304 if known and outer.status == 200 else outer.status)
                self.send_header("ETag", outer.tag)
                self.send_header("Location", "http://127.0.0.1:1/")
                body = b"" if known else outer.body
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/private-token/basic.ics"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def elsewhere() -> Iterator[Calendar]:
    calendar = Calendar()
    yield calendar
    calendar.close()


@pytest.fixture(scope="module")
def reaching(server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """An events service that may reach loopback."""
    allowed = {"EGRESS_ALLOW": "127.0.0.0/8"}
    home = tmp_path_factory.mktemp("home")
    with Cluster(home, ("events",), postgres=server, environment=allowed, migrated=True) as running:
        yield running


@pytest.fixture
def admin(reaching: Cluster) -> Iterator[Someone]:
    with reaching.direct("events") as client:
        yield Someone(client, uuid4())


Subscribe = Callable[..., str]


@pytest.fixture
def subscribe(admin: Someone, elsewhere: Calendar) -> Subscribe:
    """`subscribe()` is the path of a subscription to the calendar elsewhere."""

    def make(**changes: Any) -> str:
        made = admin.made("/calendar-subscriptions", {"name": "Theirs", "url": elsewhere.url} | changes)
        return f"/calendar-subscriptions/{made['id']}"

    return make


def settled(admin: Someone, path: str, **expected: Any) -> dict[str, Any]:
    """The subscription once it is as expected."""

    def look() -> dict[str, Any]:
        found: dict[str, Any] = admin.get(path).json()
        assert found | expected == found
        return found

    return eventually(look, within=10)


def facts(reaching: Cluster, community: UUID, named: str) -> int:
    name = getattr(contract, named).fact_name
    sql = f"SELECT subject FROM outbox WHERE community_id = '{community}'"
    return sum(subject.split(".")[2] == name for (subject,) in reaching.rows("events", sql))


def test_what_is_subscribed_to_is_read_and_read_again(
    admin: Someone, subscribe: Subscribe, elsewhere: Calendar, reaching: Cluster
) -> None:
    path = subscribe()
    first = settled(admin, path, state="active", read=1, written=1, skipped=0, failures=0, problem=None)
    assert first["fetched_at"] < first["fetch_at"]
    (event,) = admin.get("/events").json()["items"]
    assert (event["title"], event["state"]) == ("A walk", "published")
    assert admin.post(f"{path}/refresh").status_code == 200
    eventually(lambda: len(elsewhere.asked) == 2, within=10)
    assert elsewhere.asked[1]["if-none-match"] == '"one"'
    elsewhere.tag, elsewhere.body = (
        '"two"',
        a_calendar(a_vevent(SUMMARY="Longer"), "BEGIN:VTODO\nEND:VTODO").encode(),
    )
    admin.made(f"{path}/refresh")
    settled(admin, path, read=2, written=1, skipped=1)
    assert [event["title"] for event in admin.get("/events").json()["items"]] == ["Longer"]
    elsewhere.tag = '"three"'  # another tag, the same bytes
    admin.made(f"{path}/refresh")
    eventually(lambda: len(elsewhere.asked) == 4, within=10)
    settled(admin, path, read=2, written=1)
    assert facts(reaching, admin.community, "CalendarFetched") == 2


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (404, b"gone: with our secrets", "status_404"),
        (302, b"", "status_302"),
        (200, b"<html>sign in</html>", "no_calendar"),
        (200, b"x" * 10_000_001, "too_large"),
    ],
)
def test_what_fails_is_said_in_a_word_and_waited_with(
    status: int, body: bytes, problem: str, admin: Someone, subscribe: Subscribe, elsewhere: Calendar
) -> None:
    elsewhere.status, elsewhere.body = status, body
    path = subscribe()
    failing = settled(admin, path, state="failing", failures=1, problem=problem)
    assert failing["fetch_at"] > failing["created_at"]
    assert "secrets" not in admin.get(path).text
    elsewhere.status, elsewhere.body = 200, a_calendar(a_vevent()).encode()
    admin.made(f"{path}/refresh")
    settled(admin, path, state="active", failures=0, problem=None, written=1)


def test_a_uid_that_stands_twice_counts_once_however_far_apart(
    admin: Someone, subscribe: Subscribe, elsewhere: Calendar
) -> None:
    others = [a_vevent(UID=f"other-{number}") for number in range(30)]
    elsewhere.body = a_calendar(a_vevent(), *others, a_vevent(SUMMARY="Another")).encode()
    path = subscribe()
    settled(admin, path, read=32, written=31, skipped=1)


def test_a_tag_that_cannot_be_sent_back_is_not_kept(
    admin: Someone, subscribe: Subscribe, elsewhere: Calendar
) -> None:
    elsewhere.tag = '"\xe9t\xe9"'
    path = subscribe()
    settled(admin, path, read=1, state="active")
    elsewhere.body = a_calendar(a_vevent(), a_vevent(UID="2")).encode()
    admin.made(f"{path}/refresh")
    settled(admin, path, read=2, state="active")
    assert [asked.get("if-none-match") for asked in elsewhere.asked] == [None, None]


def test_a_server_that_takes_its_time_keeps_nobody_else_waiting(admin: Someone, subscribe: Subscribe) -> None:
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    try:
        for each in silent:
            subscribe(url=f"http://127.0.0.1:{each.getsockname()[1]}/slow.ics")
        path = subscribe()
        began = time.monotonic()
        settled(admin, path, state="active", read=1)
        assert time.monotonic() - began < 10
    finally:
        for each in silent:
            each.close()


def test_a_calendar_of_many_heads_is_never_held_whole() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:X\n" + "X-NOTE:x\n" * 13_000 + "END:VTIMEZONE\n"
    each = "BEGIN:VEVENT\nEND:VEVENT\nBEGIN:VTIMEZONE\nEND:VTIMEZONE\n"
    body = (f"BEGIN:VCALENDAR\n{zone}{each * 100}END:VCALENDAR\n" * 5).encode()
    tracemalloc.start()
    try:
        read = sum(len(piece) for piece in pieces_of(body, None))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 500
    assert peak < 20_000_000


def test_nobody_there_is_said(admin: Someone, subscribe: Subscribe) -> None:
    settled(admin, subscribe(url="http://127.0.0.1:1/a.ics"), problem="unreachable")
    settled(admin, subscribe(url="http://10.0.0.1/a.ics"), problem="address_refused")


def test_an_address_is_a_secret(admin: Someone, subscribe: Subscribe, reaching: Cluster) -> None:
    path = subscribe()
    for text in (admin.get(path).text, admin.get("/calendar-subscriptions").text):
        assert "private-token" not in text
    assert "private-token" not in str(reaching.rows("events", "SELECT url FROM calendar_subscription"))


def test_whoever_unsubscribes_keeps_what_was_read(
    admin: Someone, subscribe: Subscribe, reaching: Cluster
) -> None:
    path = subscribe()
    settled(admin, path, written=1)
    assert admin.delete(path).status_code == 204
    assert (admin.get(path).status_code, admin.delete(path).status_code) == (404, 404)
    assert admin.post(f"{path}/refresh").status_code == 404
    assert admin.get("/calendar-subscriptions").json()["items"] == []
    assert len(admin.get("/events").json()["items"]) == 1
    assert facts(reaching, admin.community, "CalendarUnsubscribed") == 1


def test_who_may_not_subscribe_is_refused(organiser: Someone) -> None:
    given = {"name": "Theirs", "url": "https://example.org/a.ics"}
    assert organiser.post("/calendar-subscriptions", given).status_code == 403
    assert organiser.get("/calendar-subscriptions").status_code == 403


@pytest.mark.parametrize(
    "url", ["ftp://example.org/a.ics", "file:///etc/passwd", "https:///a", "https://a b/"]
)
def test_what_is_no_address_is_refused(url: str, admin: Someone) -> None:
    refused = admin.post("/calendar-subscriptions", {"name": "Theirs", "url": url})
    assert refused.status_code == 422


@pytest.mark.either_database
def test_an_address_is_called_by_https_in_production() -> None:
    assert called("webcal://example.org/a.ics", production=True) == "https://example.org/a.ics"
    assert called("http://127.0.0.1/a.ics", production=False) == "http://127.0.0.1/a.ics"
    for url in ("http://example.org/a.ics", "https://user:secret@example.org/a.ics", "https://"):
        with pytest.raises(AddressNotAllowed):
            called(url, production=True)


@pytest.mark.either_database
def test_the_pause_doubles_up_to_a_day() -> None:
    minutes = [rules.pause(failures).total_seconds() / 60 for failures in (1, 2, 3, 9, 10, 1000)]
    assert minutes == [5, 10, 20, 1280, 1440, 1440]


def test_a_community_reads_so_many_calendars(admin: Someone, elsewhere: Calendar) -> None:
    given = {"name": "Theirs", "url": "http://127.0.0.1:1/"}
    for _ in range(50):
        admin.made("/calendar-subscriptions", given)
    assert admin.post("/calendar-subscriptions", given).json()["type"] == "/problems/too-many-subscriptions"
    assert not elsewhere.asked

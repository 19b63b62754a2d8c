"""Links are looked at again and again: where each leads is said in a word, and no server does harm."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.knowledge.resources.call import where_it_leads
from services.knowledge.resources.rules import LEASE, Finding
from shared.egress import configured_client
from shared.settings import Settings
from shared.testing import Cluster, Postgres, eventually
from tests.knowledge.test_resources import a_resource
from tests.membership.conftest import Someone

LOOPBACK = {"EGRESS_ALLOW": "127.0.0.0/8"}
HUGE = 10_000_000_000


class Outside:
    """Somebody's server: `/200` answers with that status, and some paths do what servers do."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []
        self.sent = 0
        self.over = Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                name, _, rest = self.path.strip("/").partition("/")
                outer.answers(self, name, rest)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answers(self, to: BaseHTTPRequestHandler, name: str, rest: str) -> None:
        if name == "to":
            self._head(to, 302, Location=rest.replace("~", "/"))
        elif name == "hops":
            self._head(to, 307, Location=f"/hops/{int(rest) - 1}" if int(rest) > 1 else "/200")
        elif name == "hang":
            self.over.wait(20)
        elif name == "drip":
            to.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.over.wait(0.1):
                to.wfile.write(b"X-Drop: of water\r\n")
        elif name == "huge":
            self._head(to, 200, Content_Length=str(HUGE))
            self._pour(to)
        elif name == "packed":
            self._head(to, 404, Content_Encoding="gzip", Content_Length="9")
        elif name == "no-http":
            to.wfile.write(b"220 welcome to our mail server\r\n")
        else:
            self._head(to, int(name) if name.isdecimal() else self.status, Content_Length="0")

    def _head(self, to: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
        to.send_response(status)
        for header, value in headers.items():
            to.send_header(header.replace("_", "-"), value)
        to.end_headers()

    def _pour(self, to: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(HUGE // 1_000_000):
                to.wfile.write(b"x" * 1_000_000)
                self.sent += 1_000_000
        except OSError:
            return

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    yield server
    server.close()


@pytest.fixture(scope="module")
def reaching(server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A knowledge service that may reach loopback."""
    home = tmp_path_factory.mktemp("home")
    with Cluster(home, ("knowledge",), postgres=server, environment=LOOPBACK, migrated=True) as running:
        yield running


@pytest.fixture
def owner(reaching: Cluster) -> Iterator[Someone]:
    with reaching.direct("knowledge") as client:
        yield Someone(client, uuid4())


Add = Callable[..., str]


@pytest.fixture
def add(owner: Someone, outside: Outside) -> Add:
    """`add("/404")` is the path of a resource with that link."""

    def make(path: str = "/", **changes: Any) -> str:
        made = owner.made("/resources", a_resource(url=f"{outside.url}{path}") | changes)
        return f"/resources/{made['id']}"

    return make


def looked_at(who: Someone, path: str, **expected: Any) -> dict[str, Any]:
    """The resource once it is as expected."""

    def look() -> dict[str, Any]:
        found: dict[str, Any] = who.get(path).json()
        assert found | expected == found
        return found

    return eventually(look, within=10)


def again(who: Someone, path: str, **expected: Any) -> dict[str, Any]:
    """Look now."""
    assert who.post(f"{path}/check").status_code == 200
    return looked_at(who, path, **expected)


def waits(found: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(found["look_at"]) - datetime.fromisoformat(found["last_checked_at"])


def facts(reaching: Cluster, community: UUID) -> list[str]:
    sql = f"SELECT subject FROM outbox WHERE community_id = '{community}' ORDER BY seq"
    return [subject.split(".")[2] for (subject,) in reaching.rows("knowledge", sql)]


def test_a_link_that_works_is_left_alone_for_a_week(owner: Someone, add: Add, reaching: Cluster) -> None:
    path = add("/200")
    found = looked_at(owner, path, finding="ok", failures=0, state="active", version=1)
    assert timedelta(days=7) <= waits(found) < timedelta(days=8)
    assert facts(reaching, owner.community) == ["resource_added"]


def test_a_link_breaks_after_three_failures_and_is_mended_by_one_success(
    owner: Someone, add: Add, outside: Outside, reaching: Cluster
) -> None:
    outside.status = 503
    path = add()
    first = looked_at(owner, path, finding="server_error", failures=1, state="active")
    second = again(owner, path, failures=2, state="active", version=1)
    third = again(owner, path, failures=3, state="broken", version=2)
    assert (waits(first), waits(second)) == (timedelta(hours=1), timedelta(hours=6))
    assert waits(third) >= timedelta(days=7)
    again(owner, path, failures=4, state="broken", version=2)
    assert [each["id"] for each in owner.get("/resources?state=broken").json()["items"]] == [first["id"]]
    outside.status = 200
    again(owner, path, failures=0, finding="ok", state="active", version=3)
    assert facts(reaching, owner.community) == ["resource_added", "resource_broken", "resource_mended"]


@pytest.mark.parametrize(("status", "finding"), [(404, "not_found"), (410, "gone")])
def test_what_is_gone_is_asked_for_twice(status: int, finding: str, owner: Someone, add: Add) -> None:
    path = add(f"/{status}")
    looked_at(owner, path, finding=finding, failures=1, state="active")
    again(owner, path, finding=finding, failures=2, state="broken")


def test_a_new_link_is_looked_at_anew(owner: Someone, add: Add, outside: Outside) -> None:
    path = add("/404")
    looked_at(owner, path, failures=1)
    again(owner, path, state="broken")
    answer = owner.patch(path, {"url": f"{outside.url}/200"}, If_Match='"2"')
    assert (answer.json()["failures"], answer.json()["finding"]) == (0, None)
    looked_at(owner, path, finding="ok", state="active", version=4)


def test_a_slow_server_keeps_nobody_else_waiting(owner: Someone, add: Add) -> None:
    with ExitStack() as opened:
        for _ in range(4):
            silent = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            add(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        began = time.monotonic()
        others = [add("/200") for _ in range(5)]
        for path in others:
            looked_at(owner, path, finding="ok")
        assert time.monotonic() - began < 8


def test_who_dies_between_looking_and_writing_is_made_up_for(
    cluster: Callable[..., Cluster], outside: Outside
) -> None:
    own = cluster(("knowledge",), **LOOPBACK)
    with own.direct("knowledge") as client:
        owner = Someone(client, uuid4())
        pid = own.crash_at("knowledge", "mid_link_check")
        made = owner.made("/resources", a_resource(url=f"{outside.url}/200"))
        own.restarted("knowledge", pid)
        path = f"/resources/{made['id']}"
        found = owner.get(path).json()
        assert (found["finding"], found["failures"], len(outside.asked)) == (None, 0, 1)
        leased = datetime.fromisoformat(found["look_at"]) - datetime.fromisoformat(found["created_at"])
        assert timedelta(0) < leased < LEASE * 2
        own.execute("knowledge", "UPDATE resource SET look_at = '2026-01-01T00:00:00.000000Z'")
        looked_at(owner, path, finding="ok", failures=0)
        assert len(outside.asked) == 2


# What a server outside can do ------------------------------------------------------------------------


def leads(url: str, *, seconds: float = 5.0) -> Finding:
    """Where a link leads for a service that may reach loopback."""

    async def work() -> Finding:
        client = configured_client(Settings(egress_allow="127.0.0.0/8"), body_limit=None)
        async with client:
            return await where_it_leads(client, url, within_seconds=seconds)

    return asyncio.run(work())


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("path", "finding"),
    [
        ("/200", "ok"),
        ("/204", "ok"),
        ("/304", "ok"),
        ("/401", "ok"),
        ("/403", "ok"),
        ("/405", "ok"),
        ("/429", "ok"),
        ("/404", "not_found"),
        ("/410", "gone"),
        ("/500", "server_error"),
        ("/packed", "not_found"),
        ("/no-http", "refused"),
        ("/hops/5", "ok"),
        ("/hops/6", "too_many_redirects"),
        ("/to/~404", "not_found"),
        ("/to/http:~~10.0.0.1~", "forbidden_address"),
        ("/to/http:~~169.254.169.254~latest~meta-data", "forbidden_address"),
        ("/to/http:~~[::1]~", "forbidden_address"),
        ("/to/http:~~ada:secret@127.0.0.1~", "forbidden_address"),
        ("/to/file:~~~etc~passwd", "forbidden_address"),
        ("/to/javascript:alert(1)", "refused"),
        ("/to/http:~~127.0.0.1:1~", "refused"),
        ("/to/http:~~127.0.0.1:99999~", "forbidden_address"),
    ],
)
def test_where_a_link_leads(path: str, finding: str, outside: Outside, database: str) -> None:  # noqa: ARG001
    assert leads(f"{outside.url}{path}") == finding


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("url", "finding"),
    [
        ("http://10.0.0.1/", "forbidden_address"),
        ("http://127.0.0.1:1/", "refused"),
        ("http://" + "x" * 64 + ".org/", "forbidden_address"),
    ],
)
def test_where_nobody_is(url: str, finding: str, database: str) -> None:  # noqa: ARG001 - runs once
    assert leads(url) == finding


@pytest.mark.either_database
@pytest.mark.parametrize("path", ["/hang", "/drip", "/to/~drip"])
def test_who_takes_their_time_is_left(path: str, outside: Outside, database: str) -> None:  # noqa: ARG001
    began = time.monotonic()
    assert leads(f"{outside.url}{path}", seconds=0.6) is Finding.TIMEOUT
    assert time.monotonic() - began < 3


@pytest.mark.either_database
def test_of_what_is_huge_only_the_head_is_read(outside: Outside, database: str) -> None:  # noqa: ARG001
    began = time.monotonic()
    assert leads(f"{outside.url}/huge") is Finding.OK
    assert time.monotonic() - began < 3
    assert outside.sent < 50_000_000, "what lies in the sockets' buffers"


@pytest.mark.either_database
def test_a_handshake_that_fails_is_said(outside: Outside, database: str) -> None:  # noqa: ARG001
    assert leads(outside.url.replace("http:", "https:")) is Finding.TLS

"""F3: a repeated request has one effect and gets the first answer, whoever lost the first one (P2)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, Proxy
from tests.faults.at_once import at_once

CLIENTS = 50


@pytest.fixture
def line(stack: Cluster) -> Iterator[Proxy]:
    """The way to the gateway, which may lose an answer."""
    with Proxy(("127.0.0.1", stack.port)) as proxy:
        yield proxy


@pytest.fixture
def place(api: httpx.Client, community: UUID) -> dict[str, str]:
    """What the paths and bodies below need to exist."""
    path = f"/v1/communities/{community}"
    channel = api.post(f"{path}/channels", json={"name": "General", "kind": "forum"}).json()["id"]
    topic = {"channel_id": channel, "title": "Hello", "body": "World", "kind": "discussion"}
    member = {"handle": "ada", "display_name": "Ada"}
    return {
        "path": path,
        "community": str(community),
        "channel": channel,
        "topic": api.post(f"{path}/topics", json=topic).json()["id"],
        "member": api.post(f"{path}/members", json=member).json()["id"],
        "new": uuid4().hex[:12],
    }


CREATING: dict[str, tuple[str, dict[str, Any]]] = {
    "community": ("/v1/communities", {"slug": "r-{new}", "name": "Repeated", "kind": "cop"}),
    "member": ("{path}/members", {"handle": "h-{new}", "display_name": "Repeated"}),
    "role": ("{path}/members/{member}/roles", {"role": "editor"}),
    "identity": ("{path}/members/{member}/identities", {"provider": "slack", "subject": "{new}"}),
    "channel": ("{path}/channels", {"name": "c-{new}", "kind": "forum"}),
    "topic": (
        "{path}/topics",
        {"channel_id": "{channel}", "title": "{new}", "body": "-", "kind": "discussion"},
    ),
    "post": ("{path}/topics/{topic}/posts", {"body": "{new}"}),
    "client": ("/v1/clients", {"community_id": "{community}", "name": "{new}", "scopes": ["metrics:read"]}),
}
"""Every route that makes something, with a body it takes."""


def _request(kind: str, place: dict[str, str]) -> tuple[str, dict[str, Any]]:
    path, body = CREATING[kind]
    filled = {
        name: value.format(**place) if isinstance(value, str) else value for name, value in body.items()
    }
    return path.format(**place), filled


def _facts(stack: Cluster) -> int:
    return sum(stack.rows(name, "SELECT count(*) FROM outbox")[0][0] for name in stack.services)


@pytest.mark.parametrize("kind", CREATING)
def test_an_answer_lost_on_the_way_is_given_again(
    stack: Cluster, api: httpx.Client, line: Proxy, place: dict[str, str], kind: str
) -> None:
    path, body = _request(kind, place)
    key = {"Idempotency-Key": uuid4().hex}
    before = _facts(stack)
    with (
        line.having(reset_after_bytes=0),
        stack.client() as unlucky,
        pytest.raises(httpx.TransportError),
    ):
        unlucky.post(f"http://127.0.0.1:{line.port}{path}", json=body, headers=key)
    assert line.swallowed_bytes > 0
    answers = [api.post(path, json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert _facts(stack) == before + 1


@pytest.mark.parametrize("kind", ["member", "post", "client"])
def test_fifty_at_once_under_one_key_have_one_effect(
    stack: Cluster, place: dict[str, str], kind: str
) -> None:
    path, body = _request(kind, place)
    key = {"Idempotency-Key": uuid4().hex}
    before = _facts(stack)
    answers = at_once(stack, CLIENTS, lambda client, _: client.post(path, json=body, headers=key))
    statuses = Counter(answer.status_code for answer in answers)
    # 409 tells a twin that the first one is still at work.
    assert statuses.keys() <= {201, 409}
    assert statuses[201] >= 1
    # A secret is shown once: only the first answer about a new client has it.
    made = [answer.json() | {"key": None} for answer in answers if answer.status_code == 201]
    assert all(each == made[0] for each in made)
    assert _facts(stack) == before + 1


def test_a_key_stands_for_one_request(api: httpx.Client, place: dict[str, str]) -> None:
    path, body = _request("member", place)
    key = {"Idempotency-Key": uuid4().hex}
    assert api.post(path, json=body, headers=key).status_code == 201
    other = api.post(path, json=body | {"handle": "somebody-else"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_principals_do_not_share_keys(stack: Cluster, api: httpx.Client, place: dict[str, str]) -> None:
    path, body = _request("community", place)
    key = {"Idempotency-Key": uuid4().hex}
    assert api.post(path, json=body, headers=key).status_code == 201
    with stack.person("eve") as eve:
        hers = eve.post(path, json=body | {"slug": f"e-{place['new']}"}, headers=key)
    assert hers.status_code == 201, hers.text
    assert hers.json()["slug"] == f"e-{place['new']}"


def test_a_refused_request_may_be_sent_again_under_its_key(api: httpx.Client, place: dict[str, str]) -> None:
    path, body = _request("member", place)
    key = {"Idempotency-Key": uuid4().hex}
    assert api.post(path, json=body | {"handle": "ada"}, headers=key).status_code == 409
    assert api.post(path, json=body, headers=key).status_code == 201

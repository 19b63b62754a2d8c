"""Engagement seen from outside: callers with roles in a community of their own, and the facts they cause."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.identity import Actor
from shared.testing import Cluster


@dataclass(frozen=True)
class Caller:
    """Somebody who speaks to engagement in one community; paths are relative to it."""

    client: httpx.Client
    community: UUID
    member_id: UUID | None = None

    def ask(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """One request; `If_Match="..."` becomes the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(
            method, f"/v1/communities/{self.community}{path}", json=json, headers=named
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return self.ask("POST", path, json, **headers)

    def made(self, path: str, json: Any) -> dict[str, Any]:
        """What a POST that must succeed answers."""
        answer = self.post(path, json)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def community() -> UUID:
    """A community of this test alone; engagement takes the gateway's word that it exists."""
    return uuid4()


@pytest.fixture
def caller(stack: Cluster, community: UUID) -> Iterator[Callable[..., Caller]]:
    """Makes callers: `caller("moderator")` is a new member with that role, without a role the owner key."""
    with ExitStack() as opened:

        def make(*roles: str, member_id: UUID | None = None, within: UUID | None = None) -> Caller:
            actor = None
            if roles:
                member_id = member_id or uuid4()
                actor = Actor("member", str(member_id), uuid4(), member_id, roles=frozenset(roles))
            client = opened.enter_context(stack.direct("engagement", actor))
            return Caller(client, within or community, member_id)

        yield make


@pytest.fixture
def key(caller: Callable[..., Caller]) -> Caller:
    """The owner key."""
    return caller()


@pytest.fixture
def ada(caller: Callable[..., Caller]) -> Caller:
    """A member."""
    return caller("member")


@pytest.fixture
def ben(caller: Callable[..., Caller]) -> Caller:
    """Another member."""
    return caller("member")


@pytest.fixture
def moderator(caller: Callable[..., Caller]) -> Caller:
    return caller("moderator")


@pytest.fixture
def channel(key: Caller) -> str:
    """The id of a channel."""
    return str(key.made("/channels", {"name": "General", "kind": "internal"})["id"])


@pytest.fixture
def topic(ada: Caller, channel: str) -> str:
    """The id of a topic that Ada started."""
    given = {"channel_id": channel, "title": "Hello", "body": "Who is here?"}
    return str(ada.made("/topics", given)["id"])


@pytest.fixture
def post(ada: Caller, topic: str) -> str:
    """The id of a post that Ada wrote."""
    return str(ada.made(f"/topics/{topic}/posts", {"body": "first"})["id"])


@pytest.fixture
def facts(stack: Cluster, community: UUID) -> Callable[..., list[dict[str, Any]]]:
    """The facts committed for this community, in order: `facts("PostEdited")` or all of them."""
    from pydantic_core import from_json

    def committed(name: str | None = None) -> list[dict[str, Any]]:
        sql = f"SELECT subject, payload FROM outbox WHERE community_id = '{community}' ORDER BY seq"
        found = [(subject, from_json(payload)) for subject, payload in stack.rows("engagement", sql)]
        return [{"name": s.split(".")[2]} | f for s, f in found if name in (None, s.split(".")[2])]

    return committed

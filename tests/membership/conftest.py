"""Membership seen from outside: people who are whatever they are at that moment, and the facts they cause."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic_core import from_json

from shared.identity import Actor
from shared.testing import Cluster
from tests.membership.scim_client import Provider

T = TypeVar("T")
ISSUER = "https://issuer.test"


@dataclass(frozen=True)
class Someone:
    """A caller in one community; paths are relative to it."""

    client: httpx.Client
    community: UUID
    member_id: UUID | None = None

    def ask(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """One request; `If_Match="..."` becomes the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"/v1/communities/{self.community}{path}"
        return self.client.request(method, url, json=json, headers=named)

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        return self.ask("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return self.ask("POST", path, json, **headers)

    def patch(self, path: str, json: Any, **headers: str) -> httpx.Response:
        return self.ask("PATCH", path, json, **headers)

    def delete(self, path: str) -> httpx.Response:
        return self.ask("DELETE", path)

    def made(self, path: str, json: Any = None) -> dict[str, Any]:
        """What a POST that must succeed answers."""
        answer = self.post(path, json)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="session")
def resolve(stack: Cluster) -> Iterator[Callable[..., dict[str, Any]]]:
    """Asks as the gateway does who a subject is, in a community or in none."""
    with stack.direct("membership") as gateway:

        def ask(subject: str, community: UUID | None = None) -> dict[str, Any]:
            question = {"issuer": ISSUER, "subject": subject, "community_id": community and str(community)}
            answer = gateway.post("/internal/actors", json=question)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        yield ask


@pytest.fixture
def person(
    stack: Cluster, community: UUID, resolve: Callable[..., dict[str, Any]]
) -> Iterator[Callable[..., Someone]]:
    """`person("ada")` is Ada with the roles she holds in the community at this moment."""
    with ExitStack() as opened:

        def make(subject: str, within: UUID | None = None) -> Someone:
            place = within or community
            known = resolve(subject, place)
            member = UUID(known["member_id"]) if known["member_id"] else None
            actor = Actor(
                kind="member" if member else "person",
                id=known["member_id"] or known["person_id"],
                person_id=UUID(known["person_id"]),
                member_id=member,
                roles=frozenset(known["roles"]),
                visible=bool(known["roles"]) or (known["community"] or {}).get("visibility") == "public",
            )
            return Someone(opened.enter_context(stack.direct("membership", actor)), place, member)

        yield make


@pytest.fixture
def joined(person: Callable[..., Someone], name: Callable[[str], str]) -> Callable[..., Someone]:
    """`joined("ada", "editor")` is Ada, who joined and was granted these roles by the owner key."""

    def make(subject: str, *roles: str, by: Someone | None = None) -> Someone:
        member = person(name(subject)).made("/members", {"handle": subject, "display_name": subject.title()})
        for role in roles:
            assert by is not None
            by.made(f"/members/{member['id']}/roles", {"role": role})
        return person(name(subject))

    return make


@pytest.fixture
def name() -> Callable[[str], str]:
    """Subjects of this test alone: persons live as long as the service."""
    mark = uuid4().hex[:8]
    return lambda subject: f"{subject}-{mark}"


@pytest.fixture
def key(membership: httpx.Client, community: UUID) -> Someone:
    """The owner key."""
    return Someone(membership, community)


@pytest.fixture
def partner(stack: Cluster, community: UUID) -> Iterator[Callable[..., Someone]]:
    """`partner("write")` is an API key with that verb on membership."""
    with ExitStack() as opened:

        def make(verb: str) -> Someone:
            actor = Actor("key", str(uuid4()), scopes=frozenset({f"membership:{verb}"}))
            return Someone(opened.enter_context(stack.direct("membership", actor)), community)

        yield make


@pytest.fixture
def facts(stack: Cluster, community: UUID) -> Callable[..., list[dict[str, Any]]]:
    """The facts committed for the community, in order: `facts("member_left")` or all of them."""

    def committed(named: str | None = None) -> list[dict[str, Any]]:
        sql = f"SELECT subject, payload FROM outbox WHERE community_id = '{community}' ORDER BY seq"
        found = [(subject.split(".")[2], from_json(body)) for subject, body in stack.rows("membership", sql)]
        return [{"fact": fact} | body for fact, body in found if named in (None, fact)]

    return committed


@pytest.fixture
def audited(stack: Cluster, community: UUID) -> Callable[[], list[str]]:
    """The actions in the community's audit log, in order."""
    sql = f"SELECT action FROM audit WHERE community_id = '{community}' ORDER BY seq"
    return lambda: [action for (action,) in stack.rows("membership", sql)]


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """What acts that start together return."""
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result(30) for done in [pool.submit(run, act) for act in acts]]


def codes(answers: Sequence[httpx.Response]) -> list[int]:
    """Their status codes in order of size."""
    return sorted(answer.status_code for answer in answers)


@pytest.fixture
def provider(stack: Cluster, community: UUID) -> Iterator[Provider]:
    """An identity provider whose key may do everything in the community."""
    actor = Actor("key", str(uuid4()), community_id=community, scopes=frozenset({"membership:admin"}))
    with stack.direct("membership", actor) as client:
        yield Provider(client)

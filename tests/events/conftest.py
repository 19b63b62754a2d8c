"""Events seen from outside: members and organisers as the gateway vouches for them, and what they cause."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic_core import from_json

from shared.identity import Actor
from shared.testing import Cluster
from tests.membership.conftest import Someone

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]


@pytest.fixture(scope="session")
def events(stack: Cluster) -> Iterator[httpx.Client]:
    """The service itself, past the gateway, asked as the owner key."""
    with stack.direct("events") as client:
        yield client


@pytest.fixture
def key(events: httpx.Client, community: UUID) -> Someone:
    """The owner key."""
    return Someone(events, community)


@pytest.fixture
def person(stack: Cluster, community: UUID) -> Iterator[Person]:
    """`person("organizer")` is a member of the community nobody else is, with these roles beside `member`."""
    with ExitStack() as opened:

        def make(*roles: str, within: UUID | None = None) -> Someone:
            place = within or community
            member = uuid4()
            actor = Actor(
                kind="member",
                id=str(member),
                person_id=uuid4(),
                member_id=member,
                community_id=place,
                roles=frozenset({"member", *roles}),
            )
            return Someone(opened.enter_context(stack.direct("events", actor)), place, member)

        yield make


@pytest.fixture
def organiser(person: Person) -> Someone:
    """A member with the role organizer."""
    return person("organizer")


@pytest.fixture
def facts(stack: Cluster, community: UUID) -> Facts:
    """The facts committed for the community, in order: `facts("event_published")` or all of them."""

    def committed(named: str | None = None) -> list[dict[str, Any]]:
        sql = f"SELECT subject, payload FROM outbox WHERE community_id = '{community}' ORDER BY seq"
        found = [(subject.split(".")[2], from_json(body)) for subject, body in stack.rows("events", sql)]
        return [{"fact": fact} | body for fact, body in found if named in (None, fact)]

    return committed


def soon(**later: float) -> str:
    """A local time in UTC, in an hour or `later`: what `starts_at` takes."""
    return (datetime.now(UTC) + timedelta(**(later or {"hours": 1}))).strftime("%Y-%m-%dT%H:%M:%S")


def an_event(**changes: Any) -> dict[str, Any]:
    """What drafts an event in a week, in UTC."""
    given: dict[str, Any] = {
        "title": "A walk through the old town",
        "starts_at": soon(days=7),
        "tz": "UTC",
        "duration_minutes": 90,
    }
    return given | changes


@pytest.fixture
def published(organiser: Someone) -> Callable[..., dict[str, Any]]:
    """`published(capacity=3)` is a published event that takes registrations."""

    def make(**changes: Any) -> dict[str, Any]:
        event = organiser.made("/events", an_event(**changes))
        organiser.made(f"/events/{event['id']}/publish")
        return organiser.made(f"/events/{event['id']}/open-registration")

    return make

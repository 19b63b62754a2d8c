"""Knowledge seen from outside: members, editors and keys as the gateway vouches for them, and their facts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
def knowledge(stack: Cluster) -> Iterator[httpx.Client]:
    """The service itself, past the gateway, asked as the owner key."""
    with stack.direct("knowledge") as client:
        yield client


@pytest.fixture
def key(knowledge: httpx.Client, community: UUID) -> Someone:
    """The owner key."""
    return Someone(knowledge, community)


@pytest.fixture
def person(stack: Cluster, community: UUID) -> Iterator[Person]:
    """`person("editor")` is a member of the community nobody else is, with these roles beside `member`.

    `person(guest=True)` is signed in and no member of the community, which is public.
    """
    with ExitStack() as opened:

        def make(*roles: str, within: UUID | None = None, guest: bool = False) -> Someone:
            place = within or community
            member = None if guest else uuid4()
            actor = Actor(
                kind="person" if guest else "member",
                id=str(member or uuid4()),
                person_id=uuid4(),
                member_id=member,
                community_id=place,
                roles=frozenset() if guest else frozenset({"member", *roles}),
            )
            return Someone(opened.enter_context(stack.direct("knowledge", actor)), place, member)

        yield make


@pytest.fixture
def editor(person: Person) -> Someone:
    """A member with the role editor."""
    return person("editor")


@pytest.fixture
def facts(stack: Cluster, community: UUID) -> Facts:
    """The facts committed for the community, in order: `facts("article_published")` or all of them."""

    def committed(named: str | None = None) -> list[dict[str, Any]]:
        sql = f"SELECT subject, payload FROM outbox WHERE community_id = '{community}' ORDER BY seq"
        found = [(subject.split(".")[2], from_json(body)) for subject, body in stack.rows("knowledge", sql)]
        return [{"fact": fact} | body for fact, body in found if named in (None, fact)]

    return committed


def an_article(**changes: Any) -> dict[str, Any]:
    """What drafts an article."""
    given: dict[str, Any] = {
        "title": "How we welcome newcomers",
        "body": "# Welcome\n\nSay *hello* within a day, and ask what they hope to find.",
        "kind": "how_to",
        "tags": ["onboarding"],
    }
    return given | changes


@pytest.fixture
def published(person: Person, editor: Someone) -> Callable[..., dict[str, Any]]:
    """`published(title="...")` is an article a member wrote, an editor approved and published."""
    author = person()

    def make(**changes: Any) -> dict[str, Any]:
        article = author.made("/articles", an_article(**changes))
        author.made(f"/articles/{article['id']}/submit")
        editor.made(f"/articles/{article['id']}/approve")
        return editor.made(f"/articles/{article['id']}/publish")

    return make


FIGURES: list[str] = []


@pytest.fixture
def record_figures() -> list[str]:
    """What a test measured, shown at the end of the run."""
    return FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("search: how well it ranks")
        terminalreporter.write_line("\n".join(FIGURES))

"""A service's page says what its code does: endpoints, facts and tables, neither more nor less."""

import re
from pathlib import Path

import pytest

from docs.events import consumers, facts, owners
from shared.route import Route
from tests.architecture.tree import ROOT, SERVICES, routes, section, service

ENDPOINT = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (C?/?[^`?\s]*)[^`]*`")
COMMUNITY = re.compile(r"^/v1/communities/\{community_id\}(?=/|$)")
OF_THE_KIT = {("GET", path) for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs")}


@pytest.fixture(params=SERVICES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(name: str) -> str:
    return (ROOT / "services" / name / "README.md").read_text(encoding="utf-8")


def spoken(path: str) -> str:
    """`/v1/communities/{community_id}/members/{member_id}` as a page has it: `C/members/{}`."""
    return re.sub(r"\{\w+\}", "{}", COMMUNITY.sub("C", path))


def endpoints(text: str) -> set[tuple[str, str]]:
    """The endpoints a text names."""
    return {(method, spoken(path)) for method, path in ENDPOINT.findall(text)} - OF_THE_KIT


def declared(name: str) -> dict[tuple[str, str], Route]:
    """The endpoints of the code."""
    return {(method, spoken(route.path)): route for route in routes(name) for method in route.methods or ()}


def named(text: str) -> set[str]:
    """The facts a text names: words in CamelCase and backticks."""
    return set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", text))


def test_the_endpoints_are_those_of_the_code(name: str, page: str) -> None:
    assert endpoints(section(page, "Endpoints")) == set(declared(name))


def test_a_row_names_the_slice_of_its_endpoints(name: str, page: str) -> None:
    known = declared(name)
    for row in section(page, "Endpoints").splitlines():
        slices = {Path(file).name for file in re.findall(r"`([\w/]+\.py)`", row)}
        for endpoint in endpoints(row):
            assert Path(known[endpoint].endpoint.__code__.co_filename).name in slices, row


def test_what_it_publishes_is_its_contract(name: str, page: str) -> None:
    own = {fact.__name__ for fact in facts(name)} if name in owners() else set()
    assert named(section(page, "Publishes")) == own


def test_what_it_consumes_is_what_its_slices_handle(name: str, page: str) -> None:
    handled = {fact.__name__ for fact, services in consumers().items() if name in services}
    assert named(section(page, "Consumes")) == handled


def test_its_tables_are_those_of_its_models(name: str, page: str) -> None:
    first_cells = re.findall(r"^\|([^|]+)\|", section(page, "Tables"), re.MULTILINE)
    written = {table for cell in first_cells for table in re.findall(r"`(\w+)`", cell)}
    assert written == set(service(name).base.metadata.tables)

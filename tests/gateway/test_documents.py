"""The API to read: one document of all services, and a page that loads nothing from outside."""

import re
from itertools import chain
from typing import Any

import httpx
import pytest

from services.gateway.existing import existing_services
from services.gateway.openapi import merged
from shared.app import Service, create_app


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return merged(existing_services())


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(chain.from_iterable(each.values() for each in document["paths"].values()))


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


def test_every_public_route_is_in_it_and_no_internal_one(document: dict[str, Any]) -> None:
    paths = set(document["paths"])
    assert {"/v1/communities", "/v1/clients", "/v1/communities/{community_id}/home"} <= paths
    assert not [path for path in paths if not path.startswith(("/v1/", "/scim/v2/"))]


def test_operation_ids_are_stable_and_distinct(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert {"membership_post_community", "gateway_post_client", "gateway_get_home"} <= set(ids)
    assert all(re.fullmatch(r"[a-z]+_[a-z_]+", each) for each in ids)


def test_every_reference_leads_somewhere_and_every_component_has_its_title(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    answers = {f"#/components/responses/{name}" for name in document["components"]["responses"]}
    known = {f"#/components/schemas/{name}" for name in schemas} | answers
    assert references(document) <= known
    assert all(schema["title"] == name for name, schema in schemas.items())


def test_every_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert {"401", "404", "429", "503"} <= set(operation["responses"])


def test_two_services_with_the_same_names_do_not_clash() -> None:
    membership = existing_services()["membership"]
    twin = create_app(Service("twin", membership.state.service.base, membership.state.service.slices))
    schemas = merged({"membership": membership, "twin": twin})["components"]["schemas"]
    assert {"MembershipCommunityView", "TwinCommunityView"} <= set(schemas)


def test_the_running_gateway_serves_the_same(anonymous: httpx.Client, document: dict[str, Any]) -> None:
    served = anonymous.get("/openapi.json")
    assert served.headers["content-type"] == "application/json"
    assert served.json() == document


def test_the_page_loads_nothing_from_outside(anonymous: httpx.Client) -> None:
    page = anonymous.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 3
    for address in loaded:
        assert address.startswith("/docs/assets/")
        assert anonymous.get(address).status_code == 200
    assert "//" not in re.sub(r"https?://(127\.0\.0\.1|localhost)", "", page.text.replace("<!--", ""))
    assert '"validatorUrl": null' in page.text

"""Lists by SCIM: what is found, page by page, as much of it as is asked for."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from scim2_models import Context, ListResponse, ResourceType, Schema, ServiceProviderConfig

from shared.identity import owner_key_actor
from shared.testing import Cluster
from tests.membership.scim_client import SEARCH, Provider, refused


@pytest.fixture
def people(provider: Provider) -> list[dict[str, Any]]:
    """Users to be found."""
    return [
        provider.created(
            userName=f"{name}@example.org",
            externalId=f"X{number}",
            displayName=f"{name.title()} Smith",
            active=name != "cy",
            emails=[{"value": f"{name}@home.org", "type": "home"}],
        )
        for number, name in enumerate(("ada", "bob", "cy"))
    ]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('userName eq "ADA@example.org"', "ada"),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.org"', "ada"),
        ('externalId eq "X1"', "bob"),
        ('externalId eq "x1"', ""),
        ('emails.value eq "Bob@home.org"', "bob"),
        ('emails[value eq "bob@home.org"]', "bob"),
        ('displayName sw "ada"', "ada"),
        ('displayName eq "bob smith"', "bob"),
        ("active eq true", "ada bob"),
        ("active eq false", "cy"),
        ('displayName sw "ada" or displayName sw "bob" and active eq false', "ada"),
        ('(displayName sw "ada" or displayName sw "cy") and active eq false', "cy"),
        ('meta.lastModified gt "2020-01-01T00:00:00Z"', "ada bob cy"),
        ('meta.lastModified gt "2099-01-01T00:00:00+01:00"', ""),
        ('userName eq "nobody"', ""),
        ('id eq "nobody"', ""),
    ],
)
@pytest.mark.usefixtures("people")
def test_a_filter_finds(provider: Provider, filter: str, found: str) -> None:
    assert [name.split("@")[0] for name in provider.names(filter)] == found.split()


@pytest.mark.parametrize(
    "filter",
    [
        "userName",
        'userName eq "ada',
        "userName eq ada",
        'userName co "ada"',
        "userName pr",
        'not (userName eq "ada")',
        'nickName eq "ada"',
        'active eq "true"',
        "userName eq 1",
        'meta.lastModified gt "yesterday"',
        'userName eq "a" userName',
        "(" * 200,
        "(" * 9 + "active eq true" + ")" * 9,
        " or ".join(["active eq true"] * 21),
        "active eq true " * 200,
        '"',
        "]",
    ],
)
def test_a_filter_that_is_not_offered_is_refused(provider: Provider, filter: str) -> None:
    answer = provider.client.get("/scim/v2/Users", params={"filter": filter})
    kind = "invalidValue" if len(filter) > 400 else "invalidFilter"
    assert refused(answer) == (400, kind)


def test_pages_are_counted(provider: Provider, people: list[Any]) -> None:
    pages = [provider.found("", startIndex=start, count=2) for start in (1, 3)]
    names = [each["userName"] for page in pages for each in page["Resources"]]
    assert names == [each["userName"] for each in people]
    assert [page["totalResults"] for page in pages] == [3, 3]
    assert [page["itemsPerPage"] for page in pages] == [2, 1]
    assert provider.found("", startIndex=-5, count=1)["startIndex"] == 1
    none = provider.found("", count=0)
    assert (none["totalResults"], none["Resources"]) == (3, [])
    assert provider.found("", count=10**9)["itemsPerPage"] == 3
    assert provider.found("", startIndex=10_000)["Resources"] == []
    assert refused(provider.get("/Users?startIndex=10001")) == (400, "invalidValue")
    assert refused(provider.get("/Users?count=many")) == (400, "invalidValue")


@pytest.mark.usefixtures("people")
def test_an_answer_is_as_large_as_asked(provider: Provider) -> None:
    wanted = provider.found("", attributes="userName,emails.type")["Resources"][0]
    assert set(wanted) == {"schemas", "id", "userName", "emails"}
    assert wanted["emails"] == [{"type": "home"}]
    less = provider.get(f"/Users/{wanted['id']}?excludedAttributes=emails,meta.location").json()
    assert "emails" not in less
    assert "location" not in less["meta"]
    both = provider.get(f"/Users/{wanted['id']}?attributes=userName&excludedAttributes=emails")
    assert refused(both) == (400, "invalidValue")


@pytest.mark.usefixtures("people")
def test_a_search_is_a_list(provider: Provider) -> None:
    asked = {"schemas": [SEARCH], "filter": 'displayName sw "ada"', "attributes": ["userName"], "count": 10}
    answer = provider.ask("POST", "/Users/.search", asked)
    assert [each["userName"] for each in answer.json()["Resources"]] == ["ada@example.org"]
    refused: list[dict[str, Any]] = [{}, {"schemas": []}, asked | {"count": "10"}, asked | {"filter": 1}]
    for wrong in refused:
        assert provider.ask("POST", "/Users/.search", wrong).status_code == 400


def test_what_is_offered_is_described(provider: Provider) -> None:
    about = provider.get("/ServiceProviderConfig").json()
    ServiceProviderConfig.model_validate(about, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    types = provider.get("/ResourceTypes").json()
    ListResponse[ResourceType].model_validate(types, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    schemas = provider.get("/Schemas").json()
    ListResponse[Schema].model_validate(schemas, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    for listed in (types, schemas):
        for each in listed["Resources"]:
            path = each["meta"]["location"].removeprefix("/scim/v2")
            assert provider.get(path).json() == each
    assert provider.get("/ResourceTypes/Nothing").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/Bulk"), ("GET", "/Me"), ("PATCH", "/Me"), ("POST", "/.search")]
)
def test_what_is_not_offered_is_501(provider: Provider, method: str, path: str) -> None:
    assert provider.ask(method, path, {}).status_code == 501


def test_a_community_sees_nothing_of_another(people: list[Any], stack: Cluster, membership: Any) -> None:
    given = {"slug": f"other-{uuid4().hex[:8]}", "name": "Other", "kind": "cop"}
    other = UUID(membership.post("/v1/communities", json=given).json()["id"])
    with stack.direct("membership", owner_key_actor(other)) as client:
        stranger = Provider(client)
        assert stranger.found("")["totalResults"] == 0
        assert stranger.found('userName eq "ada@example.org"')["totalResults"] == 0
        assert stranger.get(f"/Users/{people[0]['id']}").status_code == 404
        assert stranger.ask("DELETE", f"/Users/{people[0]['id']}").status_code == 404
        assert stranger.created(userName="ada@example.org")["id"] != people[0]["id"]

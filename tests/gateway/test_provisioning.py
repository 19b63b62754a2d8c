"""SCIM through the front door: the key's community, and refusals an identity provider understands."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from scim2_models import Error

from shared.testing import Cluster, eventually
from tests.gateway.conftest import SignIn
from tests.gateway.test_clients import issue

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SCIM = "application/scim+json"


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    """The status and scimType of an answer in SCIM's error schema."""
    assert answer.headers["content-type"] == SCIM
    error = Error.model_validate(answer.json())
    assert error.status == answer.status_code
    return answer.status_code, error.scim_type


@pytest.fixture
def key(api: httpx.Client, community: UUID) -> str:
    """A key that provisions."""
    return str(issue(api, community, ["membership:admin"])["key"])


def test_a_key_provisions_its_community(stack: Cluster, api: httpx.Client, community: UUID, key: str) -> None:
    with stack.client(key) as provider:
        given = {"schemas": [USER], "userName": "ada@example.org"}
        made = provider.post("/scim/v2/Users", json=given, headers={"content-type": SCIM})
        assert made.status_code == 201, made.text
        assert made.headers["content-type"] == SCIM
        location = made.headers["location"]
        assert provider.get(location).headers["etag"] == made.headers["etag"] == 'W/"1"'
        member = api.get(f"/v1/communities/{community}/members/{made.json()['id']}").json()
        assert (member["handle"], member["state"]) == ("ada", "active")
        own = provider.get("/scim/v2/Users", params={"community": str(community)})
        assert own.json()["totalResults"] == provider.get("/scim/v2/Users").json()["totalResults"]
        assert refusal(provider.get("/scim/v2/Users", params={"community": str(uuid4())})) == (404, None)
        assert provider.delete(location).status_code == 204
        assert refusal(provider.get(location)) == (404, None)


def test_who_has_no_community_says_which(api: httpx.Client, community: UUID, sign_in: SignIn) -> None:
    assert refusal(api.get("/scim/v2/Users")) == (403, None)
    assert api.get("/scim/v2/Users", params={"community": str(community)}).status_code == 200
    assert refusal(api.get("/scim/v2/Users", params={"community": str(uuid4())})) == (404, None)
    assert refusal(api.get("/scim/v2/Users", params={"community": "x"})) == (404, None)
    somebody = sign_in()
    assert refusal(somebody.get("/scim/v2/Users")) == (403, None)
    assert refusal(somebody.get("/scim/v2/Users", params={"community": str(community)})) == (403, None)


def test_a_founder_provisions_as_themselves(sign_in: SignIn) -> None:
    founder = sign_in()
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "Mine", "kind": "cop"}
    mine = founder.post("/v1/communities", json=given).json()["id"]
    found = founder.get("/scim/v2/Users", params={"community": mine}).json()
    assert found["totalResults"] == 1


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda c: c.get("/scim/v2/Nothing"), (404, None)),
        (lambda c: c.get("/scim/v2/Users/"), (404, None)),
        (lambda c: c.get("/scim/v1/Users"), (404, None)),
        (lambda c: c.put("/scim/v2/Users", json={}), (405, None)),
        (lambda c: c.get("/scim/v2/Users", headers={"authorization": "Bearer x"}), (401, None)),
        (lambda c: c.post("/scim/v2/Users", content=b"{}"), (415, None)),
        (
            lambda c: c.post("/scim/v2/Users", content=b"{", headers={"content-type": SCIM}),
            (400, "invalidSyntax"),
        ),
        (lambda c: c.post("/scim/v2/Users", content=b" " * 10_000_001), (413, None)),
        (lambda c: c.get("/scim/v2/Users?count=x"), (400, "invalidValue")),
        (lambda c: c.post("/scim/v2/Bulk", json={}), (501, None)),
    ],
)
def test_a_refusal_is_scims(
    stack: Cluster, key: str, ask: Callable[[httpx.Client], Any], expected: tuple[int, str | None]
) -> None:
    with stack.client(key) as provider:
        assert refusal(ask(provider)) == expected


def test_a_suspended_member_may_do_nothing_at_once(
    stack: Cluster, community: UUID, key: str, sign_in: SignIn
) -> None:
    member = sign_in()
    place = f"/v1/communities/{community}"
    joined = member.post(f"{place}/members", json={"handle": "ada", "display_name": "Ada"}).json()
    path = f"{place}/members/{joined['id']}/roles"
    assert member.get(path).status_code == 200
    with stack.client(key) as provider:
        user = {"schemas": [USER], "userName": "ada", "active": False}
        assert provider.put(f"/scim/v2/Users/{joined['id']}", json=user).json()["active"] is False
        assert member.get(path).status_code == 403
        provider.put(f"/scim/v2/Users/{joined['id']}", json=user | {"active": True})
        eventually(lambda: member.get(path).status_code == 200, within=5)


@pytest.mark.either_database
def test_a_service_that_is_away_is_scims_503(cluster: Callable[..., Cluster]) -> None:
    place = cluster(("gateway",))
    with place.client() as client:
        answer = client.get("/scim/v2/Users", params={"community": str(uuid4())})
    assert refusal(answer) == (503, None)
    assert "retry-after" in answer.headers

"""Which service answers which path."""

import pytest

from services.gateway.routes import AmbiguousPath, Found, Routes

ROUTES = Routes(
    {
        "membership": [
            "/v1/communities",
            "/v1/communities/{community_id}",
            "/v1/communities/{community_id}/members",
            "/v1/communities/{community_id}/members/{member_id}",
            "/v1/communities/{community_id}/members/{member_id}/roles",
        ],
        "engagement": ["/v1/communities/{community_id}/topics"],
        "metrics": ["/v1/communities/{community_id}/members/{member_id}/stage"],
        "gateway": ["/v1/clients", "/v1/communities/{community_id}/home"],
    }
)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/communities", "membership"),
        ("/v1/communities/c", "membership"),
        ("/v1/communities/c/topics", "engagement"),
        ("/v1/communities/c/topics/t/posts", "engagement"),
        ("/v1/communities/c/members", "membership"),
        ("/v1/communities/c/members/m", "membership"),
        ("/v1/communities/c/members/m/roles/admin", "membership"),
        ("/v1/communities/c/members/m/stage", "metrics"),
        ("/v1/communities/c/home", "gateway"),
        ("/v1/clients/x/rotate", "gateway"),
    ],
)
def test_a_path_belongs_to_the_service_that_declares_it(path: str, service: str) -> None:
    found = ROUTES.find(path)
    assert found is not None
    assert found.service == service


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v2/communities",
        "/internal/actors",
        "/v1/communities/",
        "/v1/communities//topics",
        "/v1/communities/c/topics/",
        "/v1/communities/c/members/m/other",
        "//internal/actors",
        "/v1/../internal/actors",
    ],
)
def test_a_path_nobody_declares_belongs_to_nobody(path: str) -> None:
    assert ROUTES.find(path) is None


def test_the_community_is_read_from_the_path() -> None:
    assert ROUTES.find("/v1/communities/c/topics") == Found("engagement", "c")
    assert ROUTES.find("/v1/communities") == Found("membership", "")


def test_two_services_cannot_claim_one_path() -> None:
    with pytest.raises(AmbiguousPath):
        Routes({"a": ["/v1/x/{id}"], "b": ["/v1/x/{other}"]})

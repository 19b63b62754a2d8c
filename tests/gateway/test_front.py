"""What every request meets at the front door."""

import socket
from contextlib import suppress
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster


def test_a_request_is_passed_through_with_its_answer(api: httpx.Client, community: UUID) -> None:
    answer = api.get(f"/v1/communities/{community}")
    assert (answer.status_code, answer.json()["id"]) == (200, str(community))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"]
    assert "server" not in answer.headers


def test_a_request_id_is_kept_when_it_is_fit_and_made_when_not(api: httpx.Client) -> None:
    def id_of(given: str | None) -> str:
        headers = {"X-Request-Id": given} if given is not None else {}
        return api.get("/v1/communities", headers=headers).headers["x-request-id"]

    assert id_of("my-request.1") == "my-request.1"
    assert id_of("not fit") != "not fit"
    assert id_of("x" * 65) != "x" * 65
    assert id_of(None) != id_of(None)


def test_a_fact_carries_the_request_id_of_its_cause(stack: Cluster, api: httpx.Client) -> None:
    made = api.post(
        "/v1/communities",
        json={"slug": f"c-{uuid4().hex[:12]}", "name": "Traced", "kind": "cop"},
        headers={"X-Request-Id": "traced-request"},
    )
    assert made.status_code == 201
    facts = stack.rows("membership", "SELECT payload FROM outbox")
    assert any('"correlation_id":"traced-request"' in payload for (payload,) in facts)


def test_identity_headers_of_a_client_mean_nothing(somebody: httpx.Client, community: UUID) -> None:
    forged = {
        "X-Guildhall-Roles": "owner",
        "X-Forwarded-User": "owner",
        "X-Community-Id": str(community),
        "Cookie": "session=owner",
    }
    answer = somebody.patch(f"/v1/communities/{community}", json={"name": "Mine"}, headers=forged)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/internal/actors",
        "/internal/members/read",
        "/%69nternal/actors",
        "//internal/actors",
        "/v1/../internal/actors",
        "/v1/communities/%2e%2e/%2e%2e/internal/actors",
        "/v1/nothing",
        "/v1",
        "/",
    ],
)
def test_what_is_not_public_is_not_found(stack: Cluster, path: str) -> None:
    status, body = raw(stack, f"POST {path} HTTP/1.1", f"Authorization: Bearer {stack.owner_key}")
    assert status == 404
    assert b'"/problems/not-found"' in body


def test_a_wrong_method_is_told_the_right_ones(api: httpx.Client, community: UUID) -> None:
    answer = api.delete(f"/v1/communities/{community}/topics")
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert {method.strip() for method in answer.headers["allow"].split(",")} == {"GET", "POST"}


def test_without_credentials_one_is_asked_to_sign_in(anonymous: httpx.Client, community: UUID) -> None:
    answer = anonymous.get(f"/v1/communities/{community}")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_body_that_is_too_large_is_refused_while_it_comes(stack: Cluster, announced: bool) -> None:
    framing = "Content-Length: 99999999999" if announced else "Transfer-Encoding: chunked"
    endless = b"" if announced else (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 200
    status, body = raw(
        stack,
        "POST /v1/communities HTTP/1.1",
        f"Authorization: Bearer {stack.owner_key}",
        "Content-Type: application/json",
        framing,
        body=endless,
    )
    assert status == 413
    assert b'"/problems/body-too-large"' in body


def test_a_service_refuses_what_is_too_large_for_its_route(api: httpx.Client) -> None:
    answer = api.post("/v1/communities", json={"name": "x" * 1_500_000})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


def test_health_needs_no_credentials(anonymous: httpx.Client) -> None:
    assert anonymous.get("/livez").status_code == 200
    ready = anonymous.get("/readyz")
    assert (ready.status_code, ready.json()["missing"]) == (200, [])
    assert "guildhall_http_requests_total" in anonymous.get("/metrics").text


def test_the_gateway_counts_by_service_never_by_path(api: httpx.Client) -> None:
    for _ in range(3):
        api.get(f"/v1/communities/{uuid4()}")
    metrics = api.get("/metrics").text
    assert 'route="membership"' in metrics
    assert "/v1/communities/0" not in metrics


def raw(stack: Cluster, request_line: str, *headers: str, body: bytes = b"") -> tuple[int, bytes]:
    """Status and the rest of the answer to a request no client library would send."""
    head = "\r\n".join([request_line, "Host: guildhall", "Connection: close", *headers]) + "\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as connection:
        connection.sendall(head.encode())
        answer = b""
        with suppress(OSError):  # it has heard enough
            connection.sendall(body)
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                answer += chunk
    return int(answer.split(b" ", 2)[1]), answer

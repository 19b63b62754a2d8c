"""What reaches the public listener before any application does."""

import socket
import time

import pytest

from services.gateway.edge import HEAD_BYTES, HEAD_SECONDS
from shared.testing import Cluster

pytestmark = pytest.mark.either_database


def exchange(stack: Cluster, *pieces: bytes, pause_seconds: float = 0.0) -> bytes:
    """All that is answered to these bytes until the connection ends, or nothing more comes for a while."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=HEAD_SECONDS + 5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause_seconds)
        answer = b""
        try:
            while chunk := connection.recv(65_536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "head",
    [
        LIVE + b"X-Long: " + b"x" * HEAD_BYTES + b"\r\n\r\n",
        LIVE + b"".join(b"X-%d: 12345678\r\n" % number for number in range(2000)) + b"\r\n",
        LIVE + b"X-Endless: " + b"x" * (2 * HEAD_BYTES),
        b"GET /livez?" + b"q" * HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["one_header", "many_headers", "unfinished", "long_target"],
)
def test_a_head_that_is_too_large_is_refused(stack: Cluster, head: bytes) -> None:
    answer = exchange(stack, head)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"/problems/head-too-large"' in answer


@pytest.mark.parametrize(
    "request_",
    [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", LIVE + b"Broken header\r\n\r\n"],
    ids=["words", "tls", "header"],
)
def test_what_is_not_http_is_a_problem(stack: Cluster, request_: bytes) -> None:
    answer = exchange(stack, request_)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"/problems/bad-request"' in answer


def test_a_head_may_come_in_pieces_and_be_followed_by_another(stack: Cluster) -> None:
    pieces = (LIVE[:10], LIVE[10:], b"\r\n", LIVE + b"Connection: close\r\n\r\n")
    answer = exchange(stack, *pieces, pause_seconds=0.05)
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_a_large_body_is_no_large_head(stack: Cluster) -> None:
    head = f"POST /v1/communities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stack.owner_key}\r\n"
    body = b'{"name":"' + b"x" * 60_000 + b'"}'
    framing = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    answer = exchange(stack, head.encode() + framing.encode() + body)
    assert answer.startswith(b"HTTP/1.1 422 ")


def test_a_head_that_never_ends_is_given_up(stack: Cluster) -> None:
    began = time.monotonic()
    answer = exchange(stack, LIVE)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert HEAD_SECONDS - 1 < time.monotonic() - began < HEAD_SECONDS + 4

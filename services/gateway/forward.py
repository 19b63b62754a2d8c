"""Pass a request on to its service: headers and body in -> the same request, vouched for -> the answer."""

from collections.abc import Iterable
from typing import Any

from services.gateway.pool import Response
from services.gateway.upstream import Upstream

READ_SECONDS, WRITE_SECONDS = 10.0, 30.0
"""Deadlines of one exchange; an import of 500 rows on a slow disk needs the longer one."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_FORWARDED = {
    name.encode(): name.encode() + b": "
    for name in (
        "accept",
        "accept-language",
        "content-encoding",
        "content-type",
        "if-match",
        "if-none-match",
        "idempotency-key",
        "prefer",
        "traceparent",
        "tracestate",
        "user-agent",
    )
}
"""What a service may hear from a client. All else stays outside: headers of the hop, of identity, cookies."""


async def forward(
    scope: dict[str, Any], body: bytes, upstream: Upstream, vouched: bytes, request_id: bytes
) -> Response:
    """The service's answer, else a problem. `vouched` is the header line with the internal token."""
    method: str = scope["method"]
    query: bytes = scope["query_string"]
    target: bytes = scope["raw_path"]
    if query:
        target = b"%b?%b" % (target, query)
    lines = [upstream.head(method.encode(), target), vouched, b"x-request-id: ", request_id, b"\r\n"]
    repeatable = method in _SAFE
    for name, value in scope["headers"]:
        prefix = _FORWARDED.get(name)
        if prefix is not None:
            lines += (prefix, value, b"\r\n")
            if name == b"idempotency-key":
                repeatable = True
    if body or not repeatable:
        lines.append(b"content-length: %d\r\n" % len(body))
    lines.append(b"\r\n")
    data = [b"".join(lines), body] if body else [b"".join(lines)]
    return await upstream.exchange(
        data,
        deadline_seconds=READ_SECONDS if method in _SAFE else WRITE_SECONDS,
        repeatable=repeatable,
        head_only=method == "HEAD",
    )


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request announces a body (RFC 9112 section 6.3)."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)

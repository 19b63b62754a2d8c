"""Pass a request on to its service: headers and body in -> the same request, vouched for -> the answer."""

from typing import NamedTuple

from services.gateway.pool import Response
from services.gateway.upstream import Upstream

READ_SECONDS, WRITE_SECONDS = 10.0, 30.0
"""Deadlines of one exchange; an import of 500 rows on a slow disk needs the longer one."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_FORWARDED = {
    name.encode(): name.encode() + b": "
    for name in (
        "accept",
        "accept-language",
        "content-encoding",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "prefer",
        "traceparent",
        "tracestate",
        "user-agent",
    )
}
"""What a service may hear from a client. All else stays outside: headers of the hop, of identity, cookies."""


class Request(NamedTuple):
    """A request as it came, its body read; `target` is path and query as they were written."""

    id: bytes
    method: str
    target: bytes
    headers: dict[bytes, bytes]
    body: bytes = b""
    deadline_seconds: float | None = None
    repeatable: bool = False
    """Whether asking twice does no harm, though method and headers do not say so."""


async def forward(request: Request, upstream: Upstream, authorization: bytes) -> Response:
    """The service's answer, else a problem; `authorization` is what the gateway vouches with."""
    headers, body = request.headers, request.body
    safe = request.method in SAFE
    lines = [
        upstream.head(request.method.encode(), request.target),
        b"authorization: ",
        authorization,
        b"\r\nx-request-id: ",
        request.id,
    ]
    for name, value in headers.items():
        prefix = _FORWARDED.get(name)
        if prefix is not None:
            lines += (b"\r\n", prefix, value)
    if body or not safe:
        lines.append(b"\r\ncontent-length: %d" % len(body))
    lines.append(b"\r\n\r\n")
    head = b"".join(lines)
    return await upstream.exchange(
        (head, body) if body else (head,),
        deadline_seconds=request.deadline_seconds or (READ_SECONDS if safe else WRITE_SECONDS),
        repeatable=safe or request.repeatable or b"idempotency-key" in headers,
        head_only=request.method == "HEAD",
    )

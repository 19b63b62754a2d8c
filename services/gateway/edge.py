"""The public side of HTTP: a request's head is bounded in size and in time, and refusals are problems."""

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.problems import MEDIA_TYPE, BadRequest, Problem

HEAD_BYTES = 16_384
HEAD_SECONDS = 10.0


class HeadTooLarge(Problem):
    """Request line and headers together are larger than any honest client's."""

    status = 431
    title = "Headers too large"


class HeadTooSlow(Problem):
    """The headers did not arrive in time."""

    status = 408
    title = "Headers too slow"


class Edge(HttpToolsProtocol):
    """uvicorn's protocol, which by itself reads a head of any size for any time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._in_head = True
        self._head_bytes = 0
        self._refusal: Problem = BadRequest("not HTTP")
        self._timer: asyncio.TimerHandle | None = None
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HeadTooLarge(limit_bytes=HEAD_BYTES))
            else:
                self._watch_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_came()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refusal = HeadTooLarge(limit_bytes=HEAD_BYTES)
            raise ValueError  # the parser stops, and the refusal is sent below
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, in plain text
        self._refuse(self._refusal)

    def _watch_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_came(self) -> None:
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        self._timer = None
        self._refuse(HeadTooSlow())

    def _refuse(self, problem: Problem) -> None:
        """Answer without the application, and close: what else comes cannot be told from the head."""
        body = problem.body()
        phrase = HTTPStatus(problem.status).phrase
        head = (
            f"HTTP/1.1 {problem.status} {phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self._head_came()
        self.transport.write(head.encode() + body)
        self.transport.close()

"""Request bodies, read whole before a service is bothered: bounded in size, time, and together in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from shared.problems import BodyTooLarge, Problem, Unavailable

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BODY_SECONDS = 30.0
IN_FLIGHT_BYTES = 128_000_000


class BodyTooSlow(Problem):
    """The body did not arrive in time."""

    status = 408
    title = "Body too slow"


class ClientGone(Exception):
    """The client closed its connection; nobody is left to answer."""


class Bodies:
    """Reads request bodies of at most `limit` bytes, together at most `IN_FLIGHT_BYTES`.

    A slow client therefore never holds a connection to a service, and a request can be sent a second time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_flight = 0

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """The whole body, b"" without one (RFC 9112 section 6.3); give it back with `done` once answered."""
        announced = headers.get(b"content-length")
        if announced is None and b"transfer-encoding" not in headers:
            return b""
        if announced is not None and (not announced.isdigit() or int(announced[:18]) > self._limit):
            raise _closing(BodyTooLarge(limit_bytes=self._limit))
        chunks: list[bytes] = []
        size, more = 0, True
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    self._take(len(chunk), size)
                    chunks.append(chunk)
                    more = message.get("more_body", False)
        except BaseException as error:
            self._in_flight -= size
            if isinstance(error, TimeoutError):
                raise _closing(BodyTooSlow()) from None
            raise
        return b"".join(chunks)

    def _take(self, more: int, size: int) -> None:
        self._in_flight += more
        if size > self._limit:
            raise _closing(BodyTooLarge(limit_bytes=self._limit))
        if self._in_flight > IN_FLIGHT_BYTES:
            raise _closing(Unavailable("too many bodies at once"))

    def done(self, body: bytes) -> None:
        """The body was answered; its memory is free again."""
        self._in_flight -= len(body)


def _closing(problem: Problem) -> Problem:
    """The rest of the body is not read, so the connection cannot serve another request."""
    problem.headers = {**problem.headers, "Connection": "close"}
    return problem

"""Kept-alive HTTP/1.1 connections to one service: bounded in number, in time and in what they accept."""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import httptools

IDLE_SECONDS = 4.0
"""A connection idle for longer is not used again; below the 5 s after which uvicorn closes its end."""

QUEUE_SECONDS = 1.0
"""How long a request waits for a free connection."""

CONNECT_SECONDS = 1.0

RESPONSE_LIMIT_BYTES = 16_000_000

SWEEP_SECONDS = 0.1
"""How exact deadlines are: one timer looks after all exchanges, one each would cost every request."""

_DROPPED = frozenset(
    name.encode()
    for name in (
        "connection",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers of one hop, and those the gateway's own server sets."""


class Response(NamedTuple):
    """A whole answer; header names are lower case, headers of the hop are gone."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class UpstreamError(Exception):
    """No usable answer came."""


class Refused(UpstreamError):
    """No connection could be made; nothing was sent."""


class Busy(UpstreamError):
    """Every connection is taken and the queue is full or too slow; nothing was sent."""


class Lost(UpstreamError):
    """The connection ended before the answer did; the request may have taken effect."""


class Late(UpstreamError):
    """The deadline passed."""


class Garbled(UpstreamError):
    """What came is not HTTP, or is larger than accepted."""


class Connection(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._answer: asyncio.Future[Response] | None = None
        self._deadline = 0.0
        self.closed = False
        self.idle_since = 0.0

    def exchange(
        self, data: Sequence[bytes], deadline_seconds: float, *, head_only: bool
    ) -> asyncio.Future[Response]:
        """Send a request; the future ends with the answer or an UpstreamError by the deadline."""
        loop = self._pool.loop
        self._answer = answer = loop.create_future()
        self._deadline = loop.time() + deadline_seconds
        self._body: list[bytes] = []
        self._size = 0
        self._head_only = head_only
        self._parser = httptools.HttpResponseParser(self)
        self._transport.writelines(data)
        return answer

    def is_late(self, now: float) -> bool:
        """Whether an exchange is under way whose deadline has passed."""
        return self._answer is not None and self._deadline <= now

    def fail(self, error: UpstreamError) -> None:
        """End the exchange and the connection: a half-read answer must never meet the next request."""
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self.close()

    def close(self) -> None:
        """Close at once and leave the pool."""
        if not self.closed:
            self.closed = True
            self._transport.abort()
            self._pool.gone(self)

    def _finish(self, *, reusable: bool) -> None:
        answer, self._answer = self._answer, None
        if answer is None:
            return
        if not answer.done():
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            answer.set_result(Response(self._parser.get_status_code(), self._headers, body))
        # An answer that came before the whole request was sent leaves the rest of it in the pipe.
        if reusable and not self.closed and not self._transport.get_write_buffer_size():
            self._pool.release(self)
        else:
            self.close()

    # What asyncio calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # a stream has this kind

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail(Garbled(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.fail(Lost())

    # What the parser calls
    def on_message_begin(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        if self._answer is None:
            self.close()  # a second answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name not in _DROPPED:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._head_only and self._parser.get_status_code() >= 200:
            self._finish(reusable=False)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > RESPONSE_LIMIT_BYTES:
            self.fail(Garbled("answer too large"))
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:  # below: an interim answer, the real one follows
            self._finish(reusable=self._parser.should_keep_alive())


class Pool:
    """Connections to `host:port`; at most `limit` at once, at most `queue` requests waiting for one."""

    def __init__(
        self, host: str, port: int, *, tls: bool = False, limit: int = 128, queue: int = 1024
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.host = f"{host}:{port}".encode()
        self._address = (host, port)
        self._tls = ssl.create_default_context() if tls else None
        self._limit, self._queue = limit, queue
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._connecting = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._sweeping: asyncio.TimerHandle | None = None

    async def request(
        self, data: Sequence[bytes], *, deadline_seconds: float, head_only: bool = False
    ) -> Response:
        """The answer to the request bytes `data`, sent once; else an UpstreamError."""
        connection = self._idle_connection() or await self._free_connection()
        try:
            return await connection.exchange(data, deadline_seconds, head_only=head_only)
        except Lost:
            self._drop_idle()  # they look as alive as this one did
            raise
        except asyncio.CancelledError:
            connection.fail(Late())
            raise

    def _sweep(self) -> None:
        """End what is late; goes on while there are connections."""
        now = self.loop.time()
        for connection in [each for each in self._open if each.is_late(now)]:
            connection.fail(Late())
        self._sweeping = self.loop.call_later(SWEEP_SECONDS, self._sweep) if self._open else None

    def _idle_connection(self) -> Connection | None:
        too_old = self.loop.time() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.closed:
                continue
            if connection.idle_since > too_old:
                return connection
            connection.close()
        return None

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _free_connection(self) -> Connection:
        """A connection, new or just given back; waits in line when there are `limit` of them."""
        give_up = self.loop.time() + QUEUE_SECONDS
        while len(self._open) + self._connecting >= self._limit:
            await self._turn(give_up)
            if connection := self._idle_connection():
                return connection
        return await self._connect()

    async def _turn(self, give_up: float) -> None:
        if len(self._waiting) >= self._queue:
            raise Busy
        turn = self.loop.create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout_at(give_up):
                await turn
        except BaseException as error:
            if not turn.cancelled():
                self._wake()  # it came too late for this one
            elif turn in self._waiting:  # else somebody has just passed over it
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Busy from None
            raise

    async def _connect(self) -> Connection:
        self._connecting += 1
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await self.loop.create_connection(
                    lambda: Connection(self), *self._address, ssl=self._tls
                )
        except (OSError, TimeoutError) as error:
            raise Refused(str(error)) from None
        finally:
            self._connecting -= 1
            self._wake()
        if connection.closed:
            raise Refused("closed at once")
        self._open.add(connection)
        if self._sweeping is None:
            self._sweep()
        return connection

    def release(self, connection: Connection) -> None:
        """Keep a connection for the next request."""
        connection.idle_since = self.loop.time()
        self._idle.append(connection)
        self._wake()

    def gone(self, connection: Connection) -> None:
        """Forget a closed connection."""
        self._open.discard(connection)
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def close(self) -> None:
        """Close every connection; requests under way end with Lost."""
        for connection in list(self._open):
            connection.fail(Lost())
        if self._sweeping is not None:
            self._sweeping.cancel()

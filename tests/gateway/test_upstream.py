"""Connections to a service that behaves, and to ones that do not."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from services.gateway import pool as pools
from services.gateway import upstream as upstreams
from services.gateway.pool import Busy, Garbled, Late, Lost, Pool, Refused, Response
from services.gateway.upstream import ServiceUnavailable, Upstream, UpstreamLate, UpstreamLost

T = TypeVar("T")
Answer = Callable[["Service", bytes, asyncio.StreamWriter], Awaitable[None]]
GET = (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Own: 1\r\n\r\nhi"


class Service:
    """A server of raw bytes: `answer` decides what is sent for a request."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.connections = 0
        self.requests = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                await self._answer(self, head, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Service]:
    service = Service(answer)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


@asynccontextmanager
async def pooled(answer: Answer, **options: Any) -> AsyncIterator[tuple[Service, Pool]]:
    async with serving(answer) as service:
        pool = Pool("127.0.0.1", service.port, **options)
        try:
            yield service, pool
        finally:
            pool.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await work

    return asyncio.run(bounded())


def fixed(data: bytes) -> Answer:
    async def answer(_service: Service, _head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return answer


async def silence(_service: Service, _head: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def hang_up(_service: Service, _head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def test_an_answer_arrives_whole_and_its_connection_serves_again() -> None:
    async def work() -> None:
        async with pooled(fixed(OK)) as (service, pool):
            for _ in range(5):
                assert await pool.request(GET, deadline_seconds=5) == Response(
                    200, [(b"content-length", b"2"), (b"x-own", b"1")], b"hi"
                )
            assert (service.connections, service.requests) == (1, 5)

    run(work())


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nserver: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi",
    ],
)
def test_every_framing_gives_the_same_body(data: bytes) -> None:
    async def work() -> None:
        async with pooled(fixed(data)) as (_, pool):
            answer = await pool.request(GET, deadline_seconds=5)
            assert (answer.status, answer.body) == (200, b"hi")
            assert not {name for name, _ in answer.headers} & {b"connection", b"transfer-encoding", b"server"}

    run(work())


def test_a_head_request_ends_with_the_headers() -> None:
    async def work() -> None:
        async with pooled(fixed(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n")) as (_, pool):
            answer = await pool.request(GET, deadline_seconds=5, head_only=True)
            assert (answer.status, answer.body) == (200, b"")

    run(work())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fixed(b"SSH-2.0-OpenSSH\r\n\r\n"), Garbled),
        (fixed(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nhi"), Garbled),
        (hang_up, Lost),
        (silence, Late),
    ],
)
def test_what_is_no_answer_is_an_error_and_costs_the_connection(
    answer: Answer, error: type[Exception]
) -> None:
    async def work() -> None:
        async with pooled(answer) as (service, pool):
            for _ in range(2):
                with pytest.raises(error):
                    await pool.request(GET, deadline_seconds=0.2)
            assert service.connections == 2

    run(work())


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "RESPONSE_LIMIT_BYTES", 100_000)

    async def endless(_service: Service, _head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async def work() -> None:
        async with pooled(endless) as (_, pool):
            with pytest.raises(Garbled):
                await pool.request(GET, deadline_seconds=5)

    run(work())


def test_an_answer_nobody_asked_for_is_never_the_next_ones() -> None:
    """Response splitting: a second answer to the first request must not be given to the second."""

    async def work() -> None:
        async with pooled(fixed(OK + OK.replace(b"hi", b"no"))) as (_, pool):
            for _ in range(3):
                assert (await pool.request(GET, deadline_seconds=5)).body == b"hi"
                await asyncio.sleep(0.02)

    run(work())


def test_a_cancelled_request_never_answers_the_next_one() -> None:
    async def slow_then_fast(service: Service, _head: bytes, writer: asyncio.StreamWriter) -> None:
        if service.requests == 1:
            await asyncio.sleep(0.1)
            writer.write(OK.replace(b"hi", b"no"))
        else:
            writer.write(OK)

    async def work() -> None:
        async with pooled(slow_then_fast) as (_, pool):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await pool.request(GET, deadline_seconds=5)
            assert (await pool.request(GET, deadline_seconds=5)).body == b"hi"

    run(work())


def test_connections_are_bounded_and_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "QUEUE_SECONDS", 0.1)

    async def work() -> None:
        async with pooled(silence, limit=2) as (service, pool):
            asked = [pool.request(GET, deadline_seconds=1) for _ in range(6)]
            errors = [type(each) for each in await asyncio.gather(*asked, return_exceptions=True)]
            assert sorted(error.__name__ for error in errors) == ["Busy"] * 4 + ["Late"] * 2
            assert service.connections == 2

    run(work())


def test_who_is_passed_over_while_giving_up_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "QUEUE_SECONDS", 0.05)

    async def work() -> None:
        async with pooled(silence, limit=1) as (_, pool):
            first = asyncio.create_task(pool.request(GET, deadline_seconds=5))
            await asyncio.sleep(0.02)
            second = asyncio.create_task(pool.request(GET, deadline_seconds=5))
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_later(0.06, first.cancel)
            asyncio.get_running_loop().call_later(0.06, pool._wake)
            time.sleep(0.08)  # noqa: ASYNC251 - both are due in one turn of the loop
            with pytest.raises(Busy):
                await second

    run(work())


def test_who_waits_in_line_is_served() -> None:
    async def unhurried(_service: Service, _head: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01)
        writer.write(OK)

    async def work() -> None:
        async with pooled(unhurried, limit=3) as (service, pool):
            answers = await asyncio.gather(*(pool.request(GET, deadline_seconds=5) for _ in range(60)))
            assert {answer.body for answer in answers} == {b"hi"}
            assert service.connections == 3

    run(work())


def test_the_line_is_bounded() -> None:
    async def work() -> None:
        async with pooled(silence, limit=1, queue=0) as (_, pool):
            first = asyncio.create_task(pool.request(GET, deadline_seconds=0.2))
            await asyncio.sleep(0.05)
            with pytest.raises(Busy):
                await pool.request(GET, deadline_seconds=5)
            with pytest.raises(Late):
                await first

    run(work())


def test_a_connection_left_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "IDLE_SECONDS", 0.05)

    async def work() -> None:
        async with pooled(fixed(OK)) as (service, pool):
            await pool.request(GET, deadline_seconds=5)
            await asyncio.sleep(0.1)
            await pool.request(GET, deadline_seconds=5)
            assert service.connections == 2

    run(work())


def test_nobody_listening_is_refused() -> None:
    async def work() -> None:
        async with serving(fixed(OK)) as service:
            port = service.port
        with pytest.raises(Refused):
            await Pool("127.0.0.1", port).request(GET, deadline_seconds=5)

    run(work())


# -- with the breaker --------------------------------------------------------------------------------------


@asynccontextmanager
async def upstream_of(answer: Answer) -> AsyncIterator[tuple[Service, Upstream]]:
    async with serving(answer) as service:
        upstream = Upstream("engagement", f"http://127.0.0.1:{service.port}")
        try:
            yield service, upstream
        finally:
            upstream.close()


async def first_one_lost(service: Service, _head: bytes, writer: asyncio.StreamWriter) -> None:
    if service.requests == 1:
        writer.transport.abort()
    else:
        writer.write(OK)


def test_a_lost_request_is_repeated_if_that_does_no_harm() -> None:
    async def work() -> None:
        async with upstream_of(first_one_lost) as (service, upstream):
            answer = await upstream.exchange(GET, deadline_seconds=5, repeatable=True)
            assert (answer.body, service.requests) == (b"hi", 2)

    run(work())


def test_a_request_that_is_lost_again_and_again_is_given_up() -> None:
    async def work() -> None:
        async with upstream_of(hang_up) as (service, upstream):
            with pytest.raises(UpstreamLost):
                await upstream.exchange(GET, deadline_seconds=5, repeatable=True)
            assert service.requests == upstreams.TRIES

    run(work())


def test_a_lost_write_is_never_repeated() -> None:
    """It may have taken effect: P2 allows it once at most."""

    async def work() -> None:
        async with upstream_of(first_one_lost) as (service, upstream):
            with pytest.raises(UpstreamLost):
                await upstream.exchange(GET, deadline_seconds=5, repeatable=False)
            assert service.requests == 1

    run(work())


def test_a_service_that_restarts_is_waited_for() -> None:
    async def work() -> None:
        async with upstream_of(fixed(OK)) as (service, upstream):
            await upstream.exchange(GET, deadline_seconds=5, repeatable=False)
            await service.stop()
            asked = asyncio.create_task(upstream.exchange(GET, deadline_seconds=5, repeatable=False))
            await asyncio.sleep(0.3)
            await service.start(service.port)
            assert (await asked).body == b"hi"

    run(work())


def test_a_service_that_stays_away_is_spared_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstreams, "PATIENCE_SECONDS", 0.1)

    async def work() -> None:
        async with upstream_of(fixed(OK)) as (service, upstream):
            await service.stop()
            with pytest.raises(ServiceUnavailable) as refused:
                await upstream.exchange(GET, deadline_seconds=5, repeatable=True)
            assert refused.value.headers["Retry-After"]
            began = time.monotonic()
            for _ in range(50):
                with pytest.raises(ServiceUnavailable):
                    await upstream.exchange(GET, deadline_seconds=5, repeatable=True)
            assert time.monotonic() - began < 0.5, "fifty refusals wait for nobody"
            await service.start(service.port)
            while True:
                try:
                    answer = await upstream.exchange(GET, deadline_seconds=5, repeatable=True)
                    break
                except ServiceUnavailable:
                    await asyncio.sleep(0.02)
            assert answer.body == b"hi"

    run(work())


def test_a_service_that_is_always_late_is_spared() -> None:
    async def work() -> None:
        async with upstream_of(silence) as (_, upstream):
            for _ in range(upstreams.LATE_TO_SPARE):
                with pytest.raises(UpstreamLate):
                    await upstream.exchange(GET, deadline_seconds=0.05, repeatable=True)
            began = time.monotonic()
            with pytest.raises(ServiceUnavailable):
                await upstream.exchange(GET, deadline_seconds=5, repeatable=True)
            assert time.monotonic() - began < 0.5, "nobody waits for the deadline"

    run(work())

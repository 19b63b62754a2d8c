"""A TCP proxy that misbehaves on demand, between any two processes that meet over a socket."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_CHUNK_BYTES = 64 * 1024


@dataclass
class Fault:
    """What is wrong with the line at the moment; the default is nothing."""

    latency_seconds: float = 0.0
    """Every chunk waits so long, in either direction."""
    bytes_per_second: float | None = None
    """How much gets through, in either direction."""
    reset_after_bytes: int | None = None
    """A TCP reset cuts the answer after so many of its bytes; 0 lets the request through and nothing back."""
    slice_bytes: int | None = None
    """The answer comes in pieces of this size, a millisecond apart."""
    half_open: bool = False
    """Connections stay up, and nothing passes in either direction."""
    garbage: bytes | None = None
    """The answer is replaced by this, then the connection ends."""


class Proxy:
    """Listens on `port` of loopback and forwards to `upstream`, a (host, port) or the path of a unix socket.

    `fault` may be changed at any time and holds for open connections too. `resets`, `swallowed_bytes`
    and `disturbed` (chunks that met a fault) are the evidence that it happened.
    """

    def __init__(self, upstream: tuple[str, int] | Path) -> None:
        self.upstream = upstream
        self.fault = Fault()
        self.connections = 0
        self.bytes_down = 0
        self.resets = 0
        self.swallowed_bytes = 0
        self.disturbed = 0
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @contextmanager
    def having(self, **fault: Any) -> Iterator[None]:
        """`with proxy.having(latency_seconds=5)`: the fault lasts as long as the block."""
        before, self.fault = self.fault, Fault(**fault)
        try:
            yield
        finally:
            self.fault = before

    @contextmanager
    def down(self) -> Iterator[None]:
        """Open connections are reset and new ones refused as long as the block lasts."""
        self._do(self._close())
        try:
            yield
        finally:
            self._do(self._listen())

    def reset_all(self) -> None:
        """Resets every open connection; new ones are welcome."""
        self._do(self._reset_open())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset_open()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reset_open(self) -> None:
        for writer in list(self._open):
            self._reset(writer)

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        """Closes with RST, as a crashed peer's kernel would."""
        self.resets += 1
        raw = writer.get_extra_info("socket")
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            await self._forward(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self.upstream, Path):
            up_reader, up_writer = await asyncio.open_unix_connection(str(self.upstream))
        else:
            up_reader, up_writer = await asyncio.open_connection(*self.upstream)
        up = asyncio.create_task(self._pump(reader, up_writer, self._unchanged))
        down = asyncio.create_task(self._pump(up_reader, writer, self._answer(writer)))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            up_writer.transport.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        change: Callable[[bytes], bytes | None],
    ) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            fault = self.fault
            self.disturbed += fault != Fault()
            if fault.half_open:
                self.swallowed_bytes += len(data)
                continue
            if fault.latency_seconds:
                await asyncio.sleep(fault.latency_seconds)
            changed = change(data)
            if changed is None:
                return
            for piece in _pieces(changed, fault.slice_bytes):
                if fault.bytes_per_second:
                    await asyncio.sleep(len(piece) / fault.bytes_per_second)
                elif fault.slice_bytes:
                    await asyncio.sleep(0.001)
                writer.write(piece)
                await writer.drain()

    @staticmethod
    def _unchanged(data: bytes) -> bytes:
        return data

    def _answer(self, writer: asyncio.StreamWriter) -> Callable[[bytes], bytes | None]:
        """What of the answer gets through; None ends the connection."""
        passed = 0

        def change(data: bytes) -> bytes | None:
            nonlocal passed
            fault = self.fault
            if fault.garbage is not None:
                writer.write(fault.garbage)
                return None
            if fault.reset_after_bytes is not None and passed + len(data) > fault.reset_after_bytes:
                self.swallowed_bytes += len(data)
                self._reset(writer)
                return None
            passed += len(data)
            self.bytes_down += len(data)
            return data

        return change


def _pieces(data: bytes, size: int | None) -> Iterator[bytes]:
    if size is None:
        yield data
        return
    for start in range(0, len(data), size):
        yield data[start : start + size]

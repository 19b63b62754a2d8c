"""A load generator for one core: keep-alive connections that send the next request when the answer is in.

It runs as a process of its own, `python -m bench.load`, with a `Load` as JSON on standard input and the
`Seen` on standard output.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import uvloop

from bench.processes import ROOT, Server, cores, pin

WARM_UP_SECONDS = 0.3
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What to send where: `requests` in turn, again and again for `seconds`, or each once without."""

    port: int
    pid: int
    connections: int
    seconds: float | None
    requests: list[str]


@dataclass(frozen=True)
class Seen:
    """What came of it; `cpu_us` is processor time of the server per request, 0 where it cannot be known."""

    count: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    refused: int
    generator_busy: float


def put_load(
    server: Server, requests: Sequence[bytes], *, connections: int = 32, seconds: float | None = None
) -> Seen:
    """Load `server` from the other core; an answer that is not 2xx fails the measurement."""
    load = Load(
        server.port, server.pid, connections, seconds, [base64.b64encode(each).decode() for each in requests]
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], cwd=ROOT, input=json.dumps(asdict(load)), capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr[-500:]}")
    seen = Seen(**json.loads(done.stdout))
    if seen.refused:
        raise RuntimeError(f"{seen.refused} of {seen.count} answers were not 2xx")
    return seen


def request(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench", "accept: application/json"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


class Connection(asyncio.Protocol):
    """One connection in a closed loop. Answers have a Content-Length, or no body."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._pending = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        data = next(self._run.requests, None) if self._run.going else None
        if data is None:
            self._run.ended()
            return
        self._sent = time.perf_counter()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._pending = data = self._pending + data if self._pending else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        at = data.find(b"content-length: ", 0, end)
        length = int(data[at + 16 : data.find(b"\r", at)]) if at > 0 else 0
        if len(data) < end + 4 + length:
            return
        self._pending = b""
        run = self._run
        if run.counting:
            run.latencies.append(time.perf_counter() - self._sent)
            if data[9:10] != b"2":
                run.refused += 1
        self._next()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._run.going:
            self._run.refused += 1
            self._run.ended()


class Run:
    """What all connections share."""

    def __init__(self, load: Load) -> None:
        texts = [base64.b64decode(text) for text in load.requests]
        self.load = load
        self.requests: Iterator[bytes] = iter(cycle(texts) if load.seconds is not None else texts)
        self.latencies: list[float] = []
        self.counting, self.going = load.seconds is None, True
        self.refused = 0
        self.over = asyncio.Event()
        self._open = load.connections

    def ended(self) -> None:
        """One connection has nothing more to do."""
        self._open -= 1
        if not self._open:
            self.over.set()

    async def go(self) -> Seen:
        """Load the server, count after the warm-up."""
        loop = asyncio.get_running_loop()
        started, served, own = self._now()
        made = [
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.load.port)
            for _ in range(self.load.connections)
        ]
        if self.load.seconds is None:
            await self.over.wait()
        else:
            await asyncio.sleep(WARM_UP_SECONDS)
            self.counting, (started, served, own) = True, self._now()
            await asyncio.sleep(self.load.seconds)
        elapsed, served_seconds, own_seconds = (
            now - before for now, before in zip(self._now(), (started, served, own), strict=True)
        )
        self.counting = self.going = False
        for transport, _ in made:
            transport.close()
        ordered = sorted(self.latencies) or [0.0]
        count = len(ordered)
        return Seen(
            count=count,
            seconds=elapsed,
            per_second=count / elapsed,
            p50_ms=ordered[count // 2] * 1000,
            p99_ms=ordered[int(count * 0.99)] * 1000,
            cpu_us=served_seconds / count * 1e6,
            refused=self.refused,
            generator_busy=own_seconds / elapsed,
        )

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), cpu_seconds(self.load.pid), time.process_time()


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def main() -> None:
    """Read the load, put it, print what was seen."""
    load = Load(**json.load(sys.stdin))
    pin(os.getpid(), cores()[1])
    seen = uvloop.run(Run(load).go())
    print(json.dumps(asdict(seen)))


if __name__ == "__main__":
    main()

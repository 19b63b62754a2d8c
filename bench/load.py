"""A load generator for one core: keep-alive connections that send the next request when the answer is in.

Run as a process of its own (`python -m bench.load HOST PORT SECONDS CONNECTIONS < requests`): standard input
holds the requests as JSON, a list of base64 texts sent in turn; standard output gets one JSON object with the
count, the seconds, the latencies' percentiles in milliseconds and the number of answers that were not 2xx.
"""

import asyncio
import base64
import json
import sys
import time
from itertools import cycle
from typing import Any

import httptools
import uvloop

WARM_UP_SECONDS = 0.3


class Connection(asyncio.Protocol):
    """One connection in a closed loop; latencies are kept once `counting` has begun."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._parser = httptools.HttpResponseParser(self)
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._load.requests))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        load = self._load
        if load.counting:
            load.latencies.append(time.perf_counter() - self._sent)
            if not 200 <= self._parser.get_status_code() < 300:
                load.refused += 1
        self._parser = httptools.HttpResponseParser(self)
        if load.running:
            self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        self._load.lost += int(self._load.running)


class Load:
    """What all connections share."""

    def __init__(self, requests: list[bytes]) -> None:
        self.requests = cycle(requests)
        self.latencies: list[float] = []
        self.counting = False
        self.running = True
        self.refused = 0
        self.lost = 0


async def run(
    host: str, port: int, seconds: float, connections: int, requests: list[bytes]
) -> dict[str, float]:
    """Load the server for `seconds` after a short warm-up."""
    loop = asyncio.get_running_loop()
    load = Load(requests)
    made = [await loop.create_connection(lambda: Connection(load), host, port) for _ in range(connections)]
    await asyncio.sleep(WARM_UP_SECONDS)
    load.counting, started = True, time.perf_counter()
    await asyncio.sleep(seconds)
    load.counting, load.running, elapsed = False, False, time.perf_counter() - started
    for transport, _ in made:
        transport.close()
    ordered = sorted(load.latencies)
    if not ordered:
        raise SystemExit(f"no answer from {host}:{port}")
    return {
        "count": len(ordered),
        "seconds": elapsed,
        "per_second": len(ordered) / elapsed,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
        "refused": load.refused,
        "lost": load.lost,
    }


def main() -> None:
    host, port, seconds, connections = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    requests = [base64.b64decode(text) for text in json.load(sys.stdin)]
    print(json.dumps(uvloop.run(run(host, port, seconds, connections, requests))))


if __name__ == "__main__":
    main()

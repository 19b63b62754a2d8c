"""Many clients doing the same thing at the same instant."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from shared.testing import Cluster


def at_once(
    cluster: Cluster, count: int, request: Callable[[httpx.Client, int], httpx.Response]
) -> list[httpx.Response]:
    """The answers to `count` requests, each on a connection of its own, sent together."""
    barrier = Barrier(count)

    def send(number: int) -> httpx.Response:
        with cluster.client(timeout=30.0) as client:
            client.get("/livez")
            barrier.wait(30)
            return request(client, number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(send, range(count)))

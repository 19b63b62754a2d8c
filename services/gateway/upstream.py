"""One service as the gateway sees it: asked while it is well, spared and watched while it is not."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from prometheus_client import Counter

from services.gateway.pool import Busy, Late, Lost, Pool, Refused, Response, UpstreamError
from shared.problems import Problem, Unavailable

PATIENCE_SECONDS = 1.0
"""How long a refused connection is tried again: who restarts is back within it, and nobody notices."""

RETRY_SECONDS = 0.05
TRIES = 3
LATE_TO_SPARE = 5
PROBE_SECONDS = 0.25

_FAILURES = Counter(
    "guildhall_upstream_failures_total", "Exchanges that got no usable answer", ["service", "upstream"]
)


class ServiceUnavailable(Unavailable):
    """The request did not reach the service; the same request may succeed shortly."""

    title = "Service unavailable for the moment"


class UpstreamLost(Problem):
    """The service went away while it worked. Whether a write took effect, its Idempotency-Key tells."""

    status = 502
    title = "No usable answer from the service"


class UpstreamLate(Problem):
    """The service did not answer in time. Whether a write took effect, its Idempotency-Key tells."""

    status = 504
    title = "The service took too long"


class Upstream:
    """A breaker around a pool.

    A service that refuses connections for `PATIENCE_SECONDS`, or is late `LATE_TO_SPARE` times in a row, is
    spared: requests are refused at once, and its `/livez` is asked until it answers.
    """

    def __init__(self, name: str, url: str) -> None:
        address = urlsplit(url)
        tls = address.scheme == "https"
        self.name = name
        self._pool = Pool(address.hostname or "127.0.0.1", address.port or (443 if tls else 80), tls=tls)
        self._late = 0
        self._watching: asyncio.Task[None] | None = None
        self._failures = _FAILURES.labels("gateway", name)

    async def exchange(
        self, data: Sequence[bytes], *, deadline_seconds: float, repeatable: bool, head_only: bool = False
    ) -> Response:
        """The service's answer to the request bytes `data`, else a problem.

        A request that was never sent is tried again while patience lasts. One that was sent is sent again
        only if it is `repeatable` and its connection ended, `TRIES` times in all: a kept-alive connection may
        have died unnoticed, and so may the service just now.
        """
        patient_until = 0.0
        lost_times = 0
        while True:
            if self._watching is not None:
                raise ServiceUnavailable(service=self.name)
            try:
                answer = await self._pool.request(
                    data, deadline_seconds=deadline_seconds, head_only=head_only
                )
            except Refused:
                now = self._pool.loop.time()
                patient_until = patient_until or now + PATIENCE_SECONDS
                if now < patient_until:
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    self._spare()
            except Lost as lost:
                self._failures.inc()
                lost_times += 1
                if not repeatable or lost_times == TRIES:
                    raise UpstreamLost(service=self.name) from lost
                await asyncio.sleep((lost_times - 1) * RETRY_SECONDS)
            except UpstreamError as error:
                raise self._problem(error) from error
            else:
                self._late = 0
                return answer

    def _problem(self, error: UpstreamError) -> Problem:
        self._failures.inc()
        match error:
            case Busy():
                return ServiceUnavailable(service=self.name)
            case Late():
                self._late += 1
                if self._late >= LATE_TO_SPARE:
                    self._spare()
                return UpstreamLate(service=self.name)
            case _:
                return UpstreamLost(service=self.name)

    def _spare(self) -> None:
        if self._watching is None:
            self._failures.inc()
            self._watching = self._pool.loop.create_task(self._watch(), name=f"watch {self.name}")

    async def _watch(self) -> None:
        well = False
        while not well:
            await asyncio.sleep(PROBE_SECONDS)
            well = await self.answers(b"/livez")
        self._late = 0
        self._watching = None

    async def answers(self, path: bytes) -> bool:
        """Whether the service says 200 on `path` within a second."""
        try:
            answer = await self._pool.request([self.head(b"GET", path), b"\r\n"], deadline_seconds=1.0)
        except UpstreamError:
            return False
        return answer.status == 200

    def head(self, method: bytes, target: bytes) -> bytes:
        """The first lines of a request to this service."""
        return b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (method, target, self._pool.host)

    def close(self) -> None:
        """Close the connections and stop watching."""
        if self._watching is not None:
            self._watching.cancel()
        self._pool.close()

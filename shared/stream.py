"""The broker as the kit sees it: one connection, one stream, raw JetStream requests with deadlines.

nats-py neither recreates a deleted stream nor notices a wiped server; callers do (`ensure_stream`,
`StreamMissing`). A publish while disconnected raises at once, so nothing lands later, unseen.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from shared.facts import STREAM
from shared.settings import Settings
from shared.telemetry import CONNECTED, service_name

log = structlog.get_logger("broker")

REQUEST_SECONDS = 5.0
CREATE_AFTER_SECONDS = (0.2, 0.6)
SUBJECTS = ["guildhall.*.*.*.*"]
NANOSECONDS = 1_000_000_000
NOT_FOUND = (10014, 10059)
"""Error codes: consumer not found, stream not found."""


class BrokerTrouble(Exception):
    """The broker did not answer in time, is away, or refused; the same may be tried again."""


class StreamMissing(BrokerTrouble):
    """Stream or consumer is gone and has to be made again."""


class Refused(BrokerTrouble):
    """JetStream answered with an error; `code` is its error code."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{code} {description}")
        self.code = code


def stream_config(settings: Settings) -> dict[str, Any]:
    """The stream: a pipe that refuses when full and forgets only by age."""
    age = settings.stream_days * 86_400 * NANOSECONDS
    return {
        "name": STREAM,
        "subjects": SUBJECTS,
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_age": age,
        "max_bytes": settings.stream_max_bytes,
        "max_msgs": -1,
        "max_consumers": -1,
        "num_replicas": settings.stream_replicas,
        "duplicate_window": min(int(settings.duplicate_window_seconds * NANOSECONDS), age),
        "deny_delete": True,
        "deny_purge": True,
        "allow_atomic": True,
    }


class _Connection(Client):
    """nats-py's client, which leaves alone what nobody here reads: the headers of facts."""

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        if headers is not None and headers.startswith(b"NATS/1.0\r\n"):  # no status of the server
            return None
        found: dict[str, str] | None = await super()._process_headers(headers)
        return found


class Broker:
    """One connection to NATS that is kept up for the life of the service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self.up = asyncio.Event()
        self.connections = 0
        """Raised at every (re)connection: whoever verified the stream before has to do it again."""

    async def open(self) -> None:
        """Start connecting; returns at once, `up` tells when the broker is there."""
        self._opening = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        url = self._settings.secret("nats_url") or "nats://127.0.0.1:4222"
        while True:
            client = _Connection()
            try:
                await client.connect(
                    url,
                    name=service_name(),
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.2,  # type: ignore[arg-type]  # seconds; handed to asyncio.sleep
                    connect_timeout=2,
                    ping_interval=10,
                    max_outstanding_pings=2,
                    pending_size=-1,
                    skip_subject_validation=True,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_down,
                    reconnected_cb=self._on_up,
                )
            except (NatsError, OSError, TimeoutError):
                await asyncio.sleep(0.2)
                continue
            self._client = client
            await self._on_up()
            return

    async def _on_up(self) -> None:
        self.connections += 1
        self.up.set()
        CONNECTED.labels(service_name()).set(1)

    async def _on_down(self) -> None:
        self.up.clear()
        CONNECTED.labels(service_name()).set(0)
        log.warning("broker_disconnected")

    async def _on_error(self, error: Exception) -> None:
        log.debug("broker_error", error=type(error).__name__)

    async def close(self) -> None:
        """Stop; what is in flight has been awaited by relay and consumer."""
        self._opening.cancel()
        if self._client is not None:
            try:
                async with asyncio.timeout(2):
                    await self._client.close()
            except (NatsError, TimeoutError, OSError):
                log.debug("broker_close_timed_out")

    @property
    def client(self) -> Client:
        """The connected client; `BrokerTrouble` while there is none."""
        if self._client is None or not self._client.is_connected:
            raise BrokerTrouble("not connected")
        return self._client

    async def publish(
        self, subject: str, payload: bytes, *, reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Send without waiting for an answer."""
        try:
            await self.client.publish(subject, payload, reply=reply, headers=headers)
        except (NatsError, OSError) as error:
            raise BrokerTrouble(type(error).__name__) from error

    async def answer(self, replies: Iterable[str], payload: bytes) -> None:
        """Send `payload` to every address in `replies`, without waiting for an answer."""
        try:
            client = self.client
            for reply in replies:
                await client.publish(reply, payload)
        except (NatsError, OSError) as error:
            raise BrokerTrouble(type(error).__name__) from error

    async def subscribe(self, subject: str, callback: Callable[[Msg], Awaitable[None]]) -> Any:
        """A core subscription without limits of its own."""
        try:
            return await self.client.subscribe(
                subject, cb=callback, pending_msgs_limit=-1, pending_bytes_limit=-1
            )
        except (NatsError, OSError) as error:
            raise BrokerTrouble(type(error).__name__) from error

    @staticmethod
    async def unsubscribe(subscription: Any) -> None:
        """End a subscription; one whose connection is gone has ended already."""
        try:
            await subscription.unsubscribe()
        except (NatsError, OSError) as error:
            log.debug("unsubscribe_failed", error=type(error).__name__)

    async def request(
        self,
        subject: str,
        payload: bytes,
        *,
        headers: dict[str, str] | None = None,
        seconds: float = REQUEST_SECONDS,
    ) -> dict[str, Any]:
        """One JetStream request: its answer; `StreamMissing`, `Refused` or `BrokerTrouble`."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self.client.request(subject, payload, timeout=seconds, headers=headers)
        except NoRespondersError as error:
            raise StreamMissing("no responders") from error
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerTrouble(type(error).__name__) from error
        try:
            document: dict[str, Any] = json.loads(answer.data)
        except ValueError as error:
            raise BrokerTrouble("unreadable answer") from error
        if failure := document.get("error"):
            code = int(failure.get("err_code", 0))
            if code in NOT_FOUND:
                raise StreamMissing(failure.get("description", ""))
            raise Refused(code, failure.get("description", ""))
        return document

    async def api(self, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A call of the JetStream API, `STREAM.INFO.GUILDHALL` and the like."""
        return await self.request(f"$JS.API.{verb}", json.dumps(body).encode() if body is not None else b"")

    async def ensure_stream(self) -> dict[str, Any]:
        """The stream's info; it is made when it is not there.

        All services miss it at the same moment, and a server that still removes the files of one that was
        deleted may take those of the new one along: each waits a moment of its own and looks again.
        """
        with suppress(StreamMissing):
            return await self.api(f"STREAM.INFO.{STREAM}")
        await asyncio.sleep(random.uniform(*CREATE_AFTER_SECONDS))  # noqa: S311 - no secret
        with suppress(StreamMissing):
            return await self.api(f"STREAM.INFO.{STREAM}")
        log.warning("stream_created")
        return await self.api(f"STREAM.CREATE.{STREAM}", stream_config(self._settings))

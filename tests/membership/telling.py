"""What other services tell, put into the stream as they would."""

import asyncio

import nats
from nats.aio.client import Client
from nats.js.errors import NotFoundError, ServiceUnavailableError

from shared.facts import STREAM, Fact
from shared.testing import Cluster


def tell(stack: Cluster, *facts: Fact) -> None:
    """Publishes facts in this order; each fact_id once, as the stream drops what it has just had."""

    async def work() -> None:
        connection = await nats.connect(stack.broker_url, allow_reconnect=False)
        try:
            await _stream(connection)
            for fact in facts:
                body = fact.model_dump_json().encode()
                await connection.jetstream().publish(fact.subject, body, stream=STREAM)
        finally:
            await connection.close()

    asyncio.run(work())


async def _stream(connection: Client) -> None:
    """Returns once the services have made the stream, which they do some moments after they are ready."""
    async with asyncio.timeout(10):
        while True:
            try:
                await connection.jetstream().stream_info(STREAM)
            except (NotFoundError, ServiceUnavailableError):
                await asyncio.sleep(0.05)
            else:
                return

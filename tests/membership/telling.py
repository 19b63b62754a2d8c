"""What other services tell, put into the stream as they would."""

import asyncio

import nats

from shared.facts import STREAM, Fact
from shared.testing import Cluster


def tell(stack: Cluster, *facts: Fact) -> None:
    """Publishes facts in this order; each fact_id once, as the stream drops what it has just had."""

    async def work() -> None:
        connection = await nats.connect(stack.broker_url, allow_reconnect=False)
        try:
            for fact in facts:
                body = fact.model_dump_json().encode()
                await connection.jetstream().publish(fact.subject, body, stream=STREAM)
        finally:
            await connection.close()

    asyncio.run(work())

"""T5 and T6: what does the gateway cost in throughput, and what in time?"""

import statistics
import tempfile
from pathlib import Path
from uuid import uuid4

from bench.comparison import compared
from bench.load import put_load, request
from bench.processes import Server, cores, pin, serving
from bench.rounds import Effort, Row, taking_turns
from shared.testing import Cluster

UNLIMITED = {"RATE_LIMIT_PER_SECOND": "1000000", "RATE_LIMIT_BURST": "1000000000"}
CONNECTIONS = 16


def measure(effort: Effort) -> list[Row]:
    """A page of 20 items through the gateway, who checks, limits, vouches and meters, on a core of its own.

    Behind it is raw ASGI on the other core, so that the gateway is what is measured.
    """
    with (
        tempfile.TemporaryDirectory() as home,
        serving("bench.reference:constant_page", core=cores()[1]) as backend,
        serving("bench.reference:plain") as plain,
        Cluster(
            Path(home),
            ["gateway"],
            environment={**UNLIMITED, "ENGAGEMENT_URL": f"http://127.0.0.1:{backend.port}"},
        ) as cluster,
    ):
        gateway = Server(cluster.port, cluster.pid("gateway"))
        pin(gateway.pid, cores()[0])
        pin(cluster.pid("nats"), cores()[1])
        path = f"/v1/communities/{uuid4()}/topics"
        through = [request("GET", path, token=cluster.owner_key)]
        direct = [request("GET", "/page", token=cluster.owner_key)]
        seen = taking_turns(
            {
                "gateway": lambda: put_load(
                    gateway, through, connections=CONNECTIONS, seconds=effort.seconds
                ),
                "fastapi": lambda: put_load(plain, direct, connections=CONNECTIONS, seconds=effort.seconds),
                "one through": lambda: put_load(gateway, through, connections=1, seconds=effort.seconds),
                "one direct": lambda: put_load(backend, direct, connections=1, seconds=effort.seconds),
            },
            effort.rounds,
        )
    alone, reference = ([each.p50_ms for each in seen[name]] for name in ("one through", "one direct"))
    added = statistics.median(a - b for a, b in zip(alone, reference, strict=True))
    figures = {"through_ms": statistics.median(alone), "direct_ms": statistics.median(reference)}
    question = "gateway pass-through / direct FastAPI backend, one core each"
    return [
        compared("T5", question, ">= 1.5", seen["gateway"], seen["fastapi"]),
        Row("T6", "added latency of the gateway, p50 ms, 1 connection", added, "<= 0.15", figures),
    ]

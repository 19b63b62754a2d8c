"""T11: how soon is everything up, and how much memory does it take?"""

import statistics
import tempfile
import time
from pathlib import Path

from bench.processes import memory_mb, parent_of
from bench.rounds import Effort, Row
from shared.testing import Cluster

SETTLED_SECONDS = 2.0


def measure(effort: Effort) -> list[Row]:
    """The second and later starts of `guildhall up`, until it says that all is ready; memory at rest.

    Memory is PSS: what the processes share is counted once.
    """
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        cluster = Cluster(Path(home))
        try:
            cluster.start()
            for _ in range(effort.rounds):
                cluster.stop()
                began = time.monotonic()
                cluster.start()
                seconds.append(time.monotonic() - began)
            time.sleep(SETTLED_SECONDS)
            memory = {name: memory_mb(cluster.pid(name)) for name in cluster.running()}
            memory["parent"] = memory_mb(parent_of(cluster.pid("nats")))
        finally:
            cluster.stop()
    adds = {f"{name}_mb": size for name, size in sorted(memory.items())}
    return [
        Row("T11", "all services and the broker ready, seconds", statistics.median(seconds), "<= 1.5"),
        Row("T11 memory", "all services and the broker, MB (PSS)", sum(memory.values()), "<= 300", adds),
    ]

"""T3 and T12: what does durability cost a write, and how long do the unlucky ones wait?"""

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.comparison import compared
from bench.forum import BODY, forum
from bench.load import Seen, put_load, request
from bench.processes import serving
from bench.rounds import Effort, Row, ratio, taking_turns

CONNECTIONS = (32, 64, 128)


def measure(effort: Effort) -> list[Row]:
    """A post with its outbox row, on disk and on its way to the broker, against one that is only echoed."""
    with (
        tempfile.TemporaryDirectory() as home,
        forum(Path(home)) as ours,
        serving("bench.reference:plain") as plain,
    ):
        path = f"/topics/{ours.topic}/posts"
        sides: dict[str, Callable[[], Seen]] = {}
        for connections in CONNECTIONS:
            load = partial(put_load, connections=connections, seconds=effort.seconds)
            echoed = [request("POST", "/posts", body=BODY.encode())]

            def durable(load: Callable[..., Seen] = load) -> Seen:
                return load(ours.server, [ours.request("POST", path, BODY)])

            sides[f"kit {connections}"] = durable
            sides[f"fastapi {connections}"] = partial(load, plain, echoed)
        seen = taking_turns(sides, effort.rounds)
    rates = {name: [each.per_second for each in rounds] for name, rounds in seen.items()}
    wider = {f"ratio_at_{c}": ratio(rates[f"kit {c}"], rates[f"fastapi {c}"]) for c in CONNECTIONS[1:]}
    question = "durable POST with outbox row / FastAPI POST without database"
    posts = seen["kit 32"]
    p50, p99 = (statistics.median(getattr(each, name) for each in posts) for name in ("p50_ms", "p99_ms"))
    tail = statistics.median(each.p99_ms / each.p50_ms for each in posts)
    return [
        compared("T3", question, ">= 0.85", posts, seen["fastapi 32"], **wider),
        Row("T12", "durable POST at 32 connections, p99 / p50", tail, "<= 3", {"p50_ms": p50, "p99_ms": p99}),
    ]

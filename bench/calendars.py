"""T15: what does a calendar of 1,000 events cost, and what to whoever has it already?"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from bench.processes import cores, pin
from bench.rounds import Effort, Row, ratio, remarks_on, taking_turns
from shared.testing import Cluster

EVENTS = 1000
PIECE = 100


def measure(effort: Effort) -> list[Row]:
    """The same feed asked for by a client that has nothing, and by one that sends the tag it was given."""
    with tempfile.TemporaryDirectory() as home, feed(Path(home)) as (client, path):
        tag = client.get(path).headers["etag"]
        seen = taking_turns(
            {
                "whole": lambda: _milliseconds(client, path, {}, 200, effort.seconds),
                "known": lambda: _milliseconds(client, path, {"If-None-Match": tag}, 304, effort.seconds),
            },
            effort.rounds,
        )
    question = f"a feed of {EVENTS:,} events, whole / known by its ETag (ms)"
    beside = {f"{name}_ms": statistics.median(values) for name, values in seen.items()}
    return [
        Row("T15", question, ratio(seen["whole"], seen["known"]), ">= 5", beside, remarks_on(seen["known"]))
    ]


@contextmanager
def feed(home: Path) -> Iterator[tuple[httpx.Client, str]]:
    """An events service on one core, and the path of a community's calendar with 1,000 events to come."""
    with Cluster(home, ["events"]) as cluster, cluster.direct("events") as client:
        root = f"/v1/communities/{uuid4()}"
        for first in range(0, EVENTS, PIECE):
            said = "".join(_vevent(number) for number in range(first, first + PIECE))
            calendar = {"source": "bench", "calendar": f"BEGIN:VCALENDAR\n{said}END:VCALENDAR\n"}
            answer = client.post(f"{root}/events/import", json=calendar)
            assert answer.status_code == 200, answer.text
        pin(cluster.pid("events"), cores()[0])
        yield client, f"{root}/events.ics"


def _vevent(number: int) -> str:
    day = f"2035{number % 12 + 1:02}{number % 28 + 1:02}"
    lines = (
        f"UID:{number}@bench",
        f"DTSTART;TZID=Europe/Berlin:{day}T180000",
        "DURATION:PT2H",
        f"SUMMARY:An evening about subject {number}",
        "DESCRIPTION:" + "We meet, listen, ask and talk about it afterwards. " * 4,
        "LOCATION:Old town hall\\, Market 1",
    )
    return "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def _milliseconds(
    client: httpx.Client, path: str, headers: dict[str, str], status: int, seconds: float
) -> float:
    """The median time of an answer, asked for one after the other."""
    times: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        answer = client.get(path, headers=headers)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == status, answer.text
    return statistics.median(times)

"""T4: how much of the database's own speed is left for a batch of outside activities sent over HTTP?"""

import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

from bench.forum import Forum, forum
from bench.load import put_load
from bench.processes import cores, pin
from bench.rounds import Effort, Row, ratio, remarks_on, taking_turns
from shared.settings import Settings
from shared.store import migrate
from shared.store.sqlite import connect

BATCH = 500
BATCHES = 60
CONNECTIONS = 4
MOMENT = "2024-05-01T12:30:00.000000Z"
_INSERT = (
    "INSERT INTO activity (id, community_id, channel_id, kind, ref, at, identity_id, thread_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_batches = count()


@dataclass(frozen=True)
class Ingested:
    """Rows per second, and processor time per row."""

    per_second: float
    cpu_us: float


def measure(effort: Effort) -> list[Row]:
    """Rows per second through validation, duplicates' check, facts and audit, against bare `executemany`."""
    batches = max(CONNECTIONS, int(BATCHES * effort.share))
    with (
        tempfile.TemporaryDirectory() as home,
        tempfile.TemporaryDirectory() as other,
        forum(Path(home)) as ours,
    ):
        migrate.migrate("engagement", Settings(home=Path(other)))
        seen = taking_turns(
            {
                "kit": lambda: _over_http(ours, batches),
                "raw": lambda: _executemany(Path(other) / "engagement.db", batches),
            },
            effort.rounds,
        )
    kit, raw = ([each.per_second for each in seen[side]] for side in ("kit", "raw"))
    kit_us, raw_us = ([each.cpu_us for each in seen[side]] for side in ("kit", "raw"))
    figures = {
        "by_cpu": ratio(raw_us, kit_us),
        "rows_per_second": statistics.median(kit),
        "reference_rows_per_second": statistics.median(raw),
        "cpu_us": statistics.median(kit_us),
        "reference_cpu_us": statistics.median(raw_us),
    }
    question = "batch ingest over HTTP / raw executemany, rows per second"
    return [Row("T4", question, ratio(kit, raw), ">= 0.25", figures, remarks_on(raw))]


def _over_http(ours: Forum, batches: int) -> Ingested:
    path = f"/channels/{ours.channel}/activities"
    requests = [ours.request("POST", path, json.dumps(_batch())) for _ in range(batches)]
    seen = put_load(ours.server, requests, connections=CONNECTIONS)
    return Ingested(seen.per_second * BATCH, seen.cpu_us / BATCH)


def _batch() -> dict[str, object]:
    """Activities nobody has sent before, of a hundred people in fifty threads."""
    number = next(_batches)
    items = [
        {
            "kind": "message",
            "at": MOMENT,
            "subject": f"u{i % 100}",
            "ref": f"{number}-{i}",
            "thread": f"t{i % 50}",
        }
        for i in range(BATCH)
    ]
    return {"provider": "activities", "items": items}


def _executemany(path: Path, batches: int) -> Ingested:
    """The rows ready made, into the same table with the same indexes and the same durability."""
    community, channel = str(uuid4()), str(uuid4())
    people = [str(uuid4()) for _ in range(100)]
    work = [
        [
            (str(uuid4()), community, channel, "message", f"{b}-{i}", MOMENT, people[i % 100], people[i % 50])
            for i in range(BATCH)
        ]
        for b in range(batches)
    ]
    connection = connect(path)
    pin(os.getpid(), cores()[0])
    began, used = time.perf_counter(), time.process_time()
    for rows in work:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, rows)
        connection.execute("COMMIT")
    elapsed, used = time.perf_counter() - began, time.process_time() - used
    pin(os.getpid(), cores()[1])
    connection.close()
    rows_written = batches * BATCH
    return Ingested(rows_written / elapsed, used / rows_written * 1e6)

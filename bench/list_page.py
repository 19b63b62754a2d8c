"""T2: how close does a page of 20 rows from the store come to FastAPI's barest answer?"""

import tempfile
from pathlib import Path

from bench.comparison import compared
from bench.forum import forum
from bench.load import put_load, request
from bench.processes import serving
from bench.rounds import Effort, Row, taking_turns


def measure(effort: Effort) -> list[Row]:
    """A topic's posts, read in one snapshot and validated by their view, against `{"ok": true}`."""
    with (
        tempfile.TemporaryDirectory() as home,
        forum(Path(home)) as ours,
        serving("bench.reference:plain") as plain,
    ):
        path = f"/topics/{ours.topic}/posts?limit=20"
        seen = taking_turns(
            {
                "kit": lambda: put_load(ours.server, [ours.request("GET", path)], seconds=effort.seconds),
                "fastapi": lambda: put_load(plain, [request("GET", "/ok")], seconds=effort.seconds),
            },
            effort.rounds,
        )
    question = 'list 20 rows from the store / FastAPI {"ok":true}'
    return [compared("T2", question, ">= 0.45", seen["kit"], seen["fastapi"])]

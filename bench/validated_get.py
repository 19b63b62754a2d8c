"""T1: what does a validated GET with four parameters keep of the speed of raw ASGI?"""

import tempfile
from pathlib import Path

from bench.comparison import compared
from bench.load import put_load, request
from bench.processes import serving
from bench.rounds import Effort, Row, ratio, taking_turns
from shared.identity import owner_key_actor
from shared.keys import Keys, ensure_keys
from shared.settings import Settings
from shared.tokens import Minter

PATH = "/v1/specimen?after=10&limit=20&q=welcome&kind=topic"


def measure(effort: Effort) -> list[Row]:
    """The kit's route, token verified, permission checked and metrics counted, against a constant answer."""
    with tempfile.TemporaryDirectory() as home:
        ensure_keys(Path(home), ("gateway", "bench"))
        minter = Minter("gateway", Keys.load("gateway", Settings(home=Path(home))))
        with (
            serving("bench.reference:hello") as hello,
            serving("bench.reference:plain") as plain,
            serving("bench.specimen:app", environment={"GUILDHALL_HOME": home}) as kit,
        ):

            def get(path: str) -> list[bytes]:
                return [request("GET", path, token=minter.mint(owner_key_actor(), "bench"))]

            tutorial = PATH.replace("v1/specimen", "parameters")
            seen = taking_turns(
                {
                    "kit": lambda: put_load(kit, get(PATH), seconds=effort.seconds),
                    "raw": lambda: put_load(hello, get(PATH), seconds=effort.seconds),
                    "fastapi": lambda: put_load(plain, get(tutorial), seconds=effort.seconds),
                },
                effort.rounds,
            )
    tutorial_ratio = ratio([s.per_second for s in seen["fastapi"]], [s.per_second for s in seen["raw"]])
    question = "validated 4-parameter GET / raw ASGI hello"
    return [compared("T1", question, ">= 0.45", seen["kit"], seen["raw"], plain_fastapi=tutorial_ratio)]

"""Every fact the gateway ever released, as it was sent: it must parse forever."""

import json
from pathlib import Path

import pytest

from shared.contracts.gateway import ClientCreated, ClientRevoked, ClientRotated
from shared.facts import Fact

SAMPLES = Path(__file__).parent / "samples" / "gateway"


@pytest.mark.parametrize("kind", [ClientCreated, ClientRotated, ClientRevoked])
def test_a_sample_parses_to_the_same_fact(kind: type[Fact]) -> None:
    payload = (SAMPLES / f"{kind.fact_name}.v1.json").read_bytes()
    fact = kind.parse(payload)
    assert json.loads(fact.model_dump_json()) == json.loads(payload)
    later = json.dumps(json.loads(payload) | {"mood": "new"}).encode()
    assert kind.parse(later) == fact

"""Every fact ever released, as it was sent: it must parse forever."""

import json
from pathlib import Path

import pytest

from docs.events import facts, owners

SAMPLES = Path(__file__).parent / "samples"
FACTS = {
    f"{fact.owner}/{fact.fact_name}.v{fact.version}": fact for owner in owners() for fact in facts(owner)
}


def test_every_fact_has_a_sample() -> None:
    assert {str(path.relative_to(SAMPLES).with_suffix("")) for path in SAMPLES.glob("*/*.json")} >= set(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_a_sample_parses_to_the_same_fact(name: str) -> None:
    payload = (SAMPLES / f"{name}.json").read_bytes()
    fact = FACTS[name].parse(payload)
    assert json.loads(fact.model_dump_json()) == json.loads(payload)
    assert fact.aggregate_id == getattr(fact, fact.key)


@pytest.mark.parametrize("name", FACTS)
def test_members_of_a_later_release_are_ignored(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_bytes())
    later = FACTS[name].parse(json.dumps(sample | {"mood": "new"}).encode())
    assert later == FACTS[name].parse(json.dumps(sample).encode())

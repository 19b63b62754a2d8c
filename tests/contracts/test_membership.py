"""Every fact membership ever released, as it was sent: it must parse forever."""

import json
from pathlib import Path

import pytest

from shared.contracts import membership
from shared.facts import Fact

SAMPLES = Path(__file__).parent / "samples" / "membership"
FACTS = {
    f"{fact.fact_name}.v{fact.version}": fact
    for fact in vars(membership).values()
    if isinstance(fact, type) and issubclass(fact, Fact) and hasattr(fact, "key")
    if not fact.__name__.startswith("_")
}


def test_every_fact_has_a_sample() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} >= set(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_a_sample_parses_to_the_same_fact(name: str) -> None:
    payload = (SAMPLES / f"{name}.json").read_bytes()
    fact = FACTS[name].parse(payload)
    assert json.loads(fact.model_dump_json()) == json.loads(payload)
    assert fact.aggregate_id == getattr(fact, fact.key)


@pytest.mark.parametrize("name", FACTS)
def test_members_of_a_later_release_are_ignored(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_bytes())
    assert FACTS[name].parse(json.dumps(sample | {"mood": "new"}).encode()) == FACTS[name].parse(
        json.dumps(sample).encode()
    )


@pytest.mark.parametrize("name", FACTS)
def test_facts_carry_no_names_of_people(name: str) -> None:
    private = {"handle", "display_name", "subject", "issuer", "person_id", "purpose", "bio", "headline"}
    assert not FACTS[name].model_fields.keys() & private

"""Every fact has a golden sample of every version ever released."""

import pytest

from docs.events import facts, owners
from shared.facts import Fact
from tests.architecture.tree import ROOT, SERVICES

FACTS = [fact for owner in owners() for fact in facts(owner)]
SAMPLES = ROOT / "tests" / "contracts" / "samples"


def test_every_owner_is_a_service() -> None:
    assert set(owners()) <= set(SERVICES)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_has_a_golden_sample_of_each_version(fact: type[Fact]) -> None:
    for version in range(1, fact.version + 1):
        assert (SAMPLES / fact.owner / f"{fact.fact_name}.v{version}.json").is_file()


def test_every_sample_belongs_to_a_fact() -> None:
    known = {(fact.owner, fact.fact_name) for fact in FACTS}
    kept = {(path.parent.name, path.name.split(".")[0]) for path in SAMPLES.rglob("*.json")}
    assert kept - known == set()

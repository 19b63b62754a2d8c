"""Every fact has a golden sample of every version ever released."""

from collections.abc import Collection, Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from docs.events import facts, owners
from shared.facts import Fact
from tests.architecture.tree import ROOT, SERVICES

FACTS = [fact for owner in owners() for fact in facts(owner)]
SAMPLES = ROOT / "tests" / "contracts" / "samples"


def test_every_owner_is_a_service() -> None:
    assert set(owners()) <= {*SERVICES, "announced"}


def test_what_is_announced_has_no_publisher_yet() -> None:
    published = {fact.prefix() for owner in SERVICES if owner in owners() for fact in facts(owner)}
    assert not {fact.prefix() for fact in facts("announced")} & published


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_has_a_golden_sample_of_each_version(fact: type[Fact]) -> None:
    for version in range(1, fact.version + 1):
        assert (SAMPLES / fact.owner / f"{fact.fact_name}.v{version}.json").is_file()


def test_every_sample_belongs_to_a_fact() -> None:
    known = {(fact.owner, fact.fact_name) for fact in FACTS}
    kept = {(path.parent.name, path.name.split(".")[0]) for path in SAMPLES.rglob("*.json")}
    assert kept - known == set()


WORDS = {
    "kind",
    "provider",
    "role",
    "source",
    "visibility",
    "timezone",
    "table",
    "retained",
    "policy_version",
    "on_event",
    "about",
    "finding",
    "reason",
    "verdict",
}
"""Members that hold one of a few fixed words."""
TITLES = {
    "CommunityCreated.slug",
    "CommunityCreated.name",
    "CommunityChanged.name",
    "SeriesCreated.title",
    "SeriesUpdated.title",
    "EventPublished.title",
    "EventUpdated.title",
    "ArticlePublished.title",
}
"""The texts that are public anyway."""


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_carries_no_text(fact: type[Fact]) -> None:
    texts = set(_texts(fact, besides=Fact.model_fields))
    free = {f"{fact.__name__}.{text}" for text in texts if text.split(".")[-1] not in WORDS}
    assert free - TITLES == set()


def _texts(model: type[BaseModel], besides: Collection[str] = ()) -> Iterator[str]:
    """The members that may hold any text, those of nested items included."""
    for name, field in model.model_fields.items():
        for annotation in (field.annotation, *_inside(field.annotation)):
            if name in besides:
                continue
            if annotation is str:
                yield name
            elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
                yield from (f"{name}.{inner}" for inner in _texts(annotation))


def _inside(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield argument
        yield from _inside(argument)

"""Every number can be worked out again from what explain says, and names the facts behind it."""

from typing import Any

import pytest

from tests.metrics.conftest import Community, done
from tests.metrics.test_rebuild import METRICS


@pytest.fixture
def told(place: Community) -> Community:
    place.ingest(
        [done("a", 0, "question"), done("b", 1, "answer"), done("a", 2, "read"), done("c", 20), done("c", 27)]
    )
    place.ingest([done("b", 28), done("b", 29)])
    place.counted()
    return place


@pytest.mark.parametrize("metric", METRICS)
def test_the_inputs_give_the_value(told: Community, metric: str) -> None:
    answer = told.ask(f"/metrics/{metric}/explain", step="all", k=1)
    assert answer.status_code == 200, answer.text
    explained: dict[str, Any] = answer.json()
    formula = explained["worked"].partition(" = ")[0]
    if explained["value"] is not None:
        again = eval(formula, {"__builtins__": {"sum": sum}}, explained["inputs"])  # noqa: S307 - the published formula
        assert again == pytest.approx(explained["value"])
    published = {item["id"]: item for item in told.ask("/metrics").json()["items"]}[metric]
    assert [explained[name] for name in ("formula", "version", "source", "unit")] == [
        published[name] for name in ("formula", "version", "source", "unit")
    ]


def test_the_facts_behind_a_number_are_named(told: Community) -> None:
    explained = told.ask(
        "/metrics/dau/explain", step="all", **{"from": "2024-01-01", "to": "2024-01-03"}
    ).json()
    assert (explained["value"], explained["n"]) == (1.0, 2)
    [channel] = explained["aggregates"]
    assert (channel["aggregate"], channel["activities"]) == ("channel", 2)
    assert explained["facts"] == channel["facts"] == len(explained["latest"])
    assert {fact["aggregate_id"] for fact in explained["latest"]} == {told.channel}


def test_every_metric_of_the_issue_is_published(place: Community) -> None:
    assert [item["id"] for item in place.ask("/metrics").json()["items"]] == METRICS

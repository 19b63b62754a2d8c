"""Real histories, imported by the command line: every KPI equals the independent computation."""

import csv
import gzip
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.testing import Cluster
from tests.cli.real_data import COLLEGE, HISTORY, needs_real_data

pytestmark = [needs_real_data, pytest.mark.timeout(300)]

ROUNDED = 5e-7
"""The expected figures are rounded to six digits."""


@dataclass(frozen=True)
class Imported:
    """A history in a running Guildhall, and what is to be expected of it."""

    client: httpx.Client
    path: str
    expected: dict[str, Any]
    daily: dict[date, int]
    report: dict[str, Any]
    seconds: float
    lag_seconds: float

    @property
    def span(self) -> dict[str, str]:
        """From the first day to the day behind the last, as a query."""
        return {"from": min(self.daily).isoformat(), "to": (max(self.daily) + timedelta(1)).isoformat()}

    def ask(self, metric: str, **asked: str | float) -> list[Any]:
        """The values of a metric over the whole history, with windows of 30 days."""
        given = (
            {**self.span, "window": 30, **asked}
            if metric in ("mau", "stickiness")
            else {**self.span, **asked}
        )
        answer = self.client.get(f"{self.path}/metrics/{metric}", params=given)
        assert answer.status_code == 200, answer.text
        return [point["value"] for point in answer.json()["points"]]

    def over_all(self, metric: str, **asked: str | float) -> float:
        """The one value of a metric for the whole history."""
        (value,) = self.ask(metric, step="all", **asked)
        return float(value)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("stackexchange", HISTORY, HISTORY), id="stackexchange"),
        pytest.param(
            ("activities", COLLEGE, COLLEGE / "events.csv.gz"),
            id="activities",
            marks=pytest.mark.either_database,
        ),
    ],
)
def imported(
    request: pytest.FixtureRequest, stack: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Imported]:
    source, directory, path = request.param
    slug, report = f"{source}-{uuid4().hex[:8]}", tmp_path_factory.mktemp("import") / "report.json"
    began = time.monotonic()
    run_import(stack, source, path, "--community", slug, "--create", "--report", report)
    seconds = time.monotonic() - began
    if stack.postgres is not None:
        # Elsewhere autovacuum does it within a minute; until then plans are those of empty tables.
        stack.execute("metrics", "ANALYZE")
    lag = stack.wait_converged(within=60)
    with stack.client() as client:
        (community,) = client.get("/v1/communities", params={"slug": slug}).json()["items"]
        yield Imported(
            client,
            f"/v1/communities/{community['id']}",
            json.loads((directory / "expected_kpis.json").read_text()),
            daily_active_people(directory / "events.csv.gz"),
            json.loads(report.read_text()),
            seconds,
            lag,
        )


def run_import(stack: Cluster, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "cli.main", "import", *arguments]
    done = subprocess.run(command, env=stack.variables(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr


def daily_active_people(events: Path) -> dict[date, int]:
    """How many distinct people did something, on every day from the first to the last."""
    people: defaultdict[date, set[str]] = defaultdict(set)
    with gzip.open(events, "rt", newline="") as file:
        for row in csv.DictReader(file):
            people[date.fromisoformat(row["ts"][:10])].add(row["user"])
    days = (max(people) - min(people)).days + 1
    return {day: len(people[day]) for day in (min(people) + timedelta(offset) for offset in range(days))}


def test_everything_was_written(imported: Imported) -> None:
    report = imported.report
    assert report["not_understood"] == []
    assert report["read"] == report["written"] + report["skipped"]
    assert report["unchanged"] == 0
    print(f"imported in {imported.seconds:.1f} s, metrics {imported.lag_seconds:.1f} s later")  # noqa: T201 - the figures, for who reads along


def test_daily_active_people_on_every_day(imported: Imported) -> None:
    assert imported.ask("dau", step="day") == list(imported.daily.values())


def test_mean_daily_active_people(imported: Imported) -> None:
    assert imported.over_all("dau") == pytest.approx(imported.expected["dau"]["mean"], abs=ROUNDED)


@pytest.mark.parametrize("metric", ["wau", "mau"])
def test_active_people_of_a_trailing_window(imported: Imported, metric: str) -> None:
    assert imported.over_all(metric) == imported.expected[f"{metric}_last"]
    assert max(imported.ask(metric, step="day")) == imported.expected[f"{metric}_max"]


def test_stickiness(imported: Imported) -> None:
    expected = imported.expected["stickiness_mean_dau_over_mau"]
    assert imported.over_all("stickiness") == pytest.approx(expected, abs=ROUNDED)


def test_retention(imported: Imported) -> None:
    asked: dict[str, Any] = {"by": "day", "k": [1, 7, 30], **imported.span}
    answer = imported.client.get(f"{imported.path}/retention", params=asked)
    assert answer.status_code == 200, answer.text
    for row in answer.json():
        expected = imported.expected["retention"][f"D{row['k']}"]
        assert (row["eligible"], row["returned"]) == (expected["eligible"], expected["returned"])
        assert row["rate"] == pytest.approx(expected["rate"], abs=ROUNDED)
    assert [row["k"] for row in answer.json()] == [1, 7, 30]


def test_inequality(imported: Imported) -> None:
    expected = imported.expected
    assert imported.over_all("gini") == pytest.approx(expected["gini_events_per_user"], abs=ROUNDED)
    assert imported.over_all("top_share", p=0.01) == pytest.approx(expected["share_top_1pct"], abs=ROUNDED)
    assert imported.over_all("top_share", p=0.1) == pytest.approx(expected["share_top_10pct"], abs=ROUNDED)

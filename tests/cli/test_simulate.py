"""A simulated community: the same seed gives the same bytes, both forms tell the same, and it looks real."""

import filecmp
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from cli.delivery import Row
from cli.report import Report
from cli.sources.activities import activities
from cli.sources.stackexchange.content import content
from cli.sources.stackexchange.members import members

FILES = ["Comments.xml", "Posts.xml", "README.md", "Users.xml", "events.csv"]


def simulate(directory: Path, seed: int) -> Path:
    options = ["--seed", str(seed), "--members", "400", "--days", "150"]
    subprocess.run(
        [sys.executable, "-m", "cli.main", "simulate", *options, directory], check=True, timeout=30
    )
    return directory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("simulated"), seed=7)


@pytest.fixture(scope="module")
def events(made: Path) -> list[Row]:
    report = Report()
    rows = list(activities(made / "events.csv", report))
    assert report.not_understood == []
    return rows


def test_the_same_seed_writes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path, seed=7)
    assert sorted(path.name for path in made.iterdir()) == FILES
    assert filecmp.cmpfiles(made, again, FILES, shallow=False) == (FILES, [], [])


def test_another_seed_is_another_community(made: Path, tmp_path: Path) -> None:
    other = simulate(tmp_path, seed=8)
    _, different, _ = filecmp.cmpfiles(made, other, FILES, shallow=False)
    assert different == FILES


def test_dump_and_events_tell_the_same(made: Path, events: list[Row]) -> None:
    report = Report()
    people = {row.item["subject"] for row in members(made / "Users.xml", report)}
    said = [row.item for row in content(made / "Posts.xml", made / "Comments.xml", report)]
    assert report.not_understood == []
    in_dump = Counter((item["kind"], item["subject"], item["at"]) for item in said if item["subject"])
    assert in_dump == Counter((row.item["kind"], row.item["subject"], row.item["at"]) for row in events)
    assert len(people) == 400
    assert {row.item["subject"] for row in events} < people


def test_it_has_the_shape_of_a_real_community(events: list[Row]) -> None:
    by_person = Counter(row.item["subject"] for row in events)
    by_weekday = Counter(datetime.fromisoformat(row.item["at"]).weekday() for row in events)
    busiest_tenth = sum(count for _, count in by_person.most_common(len(by_person) // 10))
    assert len(events) > 1_000
    assert busiest_tenth / len(events) > 0.4
    assert 0.2 < len(by_person) / 400 < 0.7
    assert max(by_weekday[5], by_weekday[6]) < min(by_weekday[day] for day in range(5))
    times = [row.item["at"] for row in events]
    assert times == sorted(times)

"""The weekly meetings of a community run as series over the clock changes of 2026: each at its local time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.events.rules import HORIZON_DAYS
from shared.testing import Cluster, eventually
from tests.cli.conftest import run
from tests.cli.test_convert import REAL
from tests.events.test_ics_written import of_feed

pytestmark = [pytest.mark.either_database, pytest.mark.timeout(300)]

SAMPLE = Path(__file__).parent / "samples" / "meetings.yaml"
SPRING, AUTUMN = datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 8, 20, tzinfo=UTC)
CHANGES = {
    SPRING: {
        "Pacific": ["2026-03-03T17:00:00Z", "2026-03-10T16:00:00Z"],
        "Eastern": ["2026-03-05T01:00:00Z", "2026-03-12T00:00:00Z"],
        "Polish": ["2026-03-26T18:30:00Z", "2026-04-02T17:30:00Z"],
        "Everywhere": ["2026-03-06T16:00:00Z", "2026-03-13T16:00:00Z"],
        "Late": ["2026-03-01T10:30:00Z", "2026-03-08T10:30:00Z", "2026-03-15T09:30:00Z"],
        "Monthly": ["2026-03-02T18:00:00Z", "2026-04-06T17:00:00Z"],
        "Alternating": ["2026-02-24T18:00:00Z", "2026-03-10T17:00:00Z"],
    },
    AUTUMN: {
        "Pacific": ["2026-10-27T16:00:00Z", "2026-11-03T17:00:00Z"],
        "Eastern": ["2026-10-29T00:00:00Z", "2026-11-05T01:00:00Z"],
        "Polish": ["2026-10-22T17:30:00Z", "2026-10-29T18:30:00Z"],
        "Everywhere": ["2026-10-30T16:00:00Z", "2026-11-06T16:00:00Z"],
        "Late": ["2026-10-25T09:30:00Z", "2026-11-01T10:30:00Z", "2026-11-08T10:30:00Z"],
        "Monthly": ["2026-10-05T17:00:00Z", "2026-11-02T18:00:00Z"],
        "Alternating": ["2026-10-20T17:00:00Z", "2026-11-03T18:00:00Z"],
    },
}
"""Instants of neighbouring meetings around March 8 and 29, October 25, November 1: the clocks change then."""


@dataclass(frozen=True)
class Season:
    """A Guildhall whose clock stands some weeks before the clocks change."""

    begins: datetime
    cluster: Cluster
    client: httpx.Client

    def apply(self, structure: Path, slug: str, folder: Path) -> None:
        """Converts a structure of others and applies it."""
        variables = self.cluster.variables()
        made = run(variables, "convert", "k8s-sigs", structure, "--slug", slug)
        assert made.returncode == 0, made.stderr
        file = folder / f"{slug}.yaml"
        file.write_text(made.stdout, encoding="utf-8")
        done = run(variables, "apply", file)
        assert done.returncode == 0, done.stdout + done.stderr

    def every(self, slug: str, path: str) -> list[dict[str, Any]]:
        """All items of a list of the community."""
        (community,) = self.client.get("/v1/communities", params={"slug": slug}).json()["items"]
        items: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"limit": 100}
        while True:
            answer = self.client.get(f"/v1/communities/{community['id']}{path}", params=asked)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            if answer.json()["next_cursor"] is None:
                return items
            asked["cursor"] = answer.json()["next_cursor"]

    def series(self, slug: str) -> list[dict[str, Any]]:
        """The series of the community, once their occurrences reach the horizon."""

        end = (self.begins + timedelta(days=HORIZON_DAYS)).isoformat()
        short = f"SELECT count(*) FROM series WHERE horizon_at < '{end}'"
        eventually(lambda: self.cluster.rows("events", short)[0][0] == 0, within=60)
        return self.every(slug, "/event-series")

    def feed(self, slug: str) -> list[tuple[str, str]]:
        """Start and title of every occurrence a calendar program shows, up to the horizon."""
        (community,) = self.client.get("/v1/communities", params={"slug": slug}).json()["items"]
        answer = self.client.get(f"/v1/communities/{community['id']}/events.ics")
        assert answer.status_code == 200, answer.text
        end = (self.begins + timedelta(days=HORIZON_DAYS)).isoformat()
        return sorted((start, title) for start, title, _ in of_feed(answer.content) if start < end)


@pytest.fixture(scope="module", params=[SPRING, AUTUMN], ids=["spring", "autumn"])
def season(
    request: pytest.FixtureRequest, server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Season]:
    offset = (request.param - datetime.now(UTC)).total_seconds()
    with (
        Cluster(
            tmp_path_factory.mktemp("home"),
            postgres=server,
            environment={"CLOCK_OFFSET_SECONDS": str(offset)},
            migrated=True,
        ) as cluster,
        cluster.client() as client,
    ):
        yield Season(request.param, cluster, client)


def stays_at_its_time(series: dict[str, Any], found: list[dict[str, Any]]) -> None:
    """Every occurrence is at the local time of its series, and a weekly one a week after the one before."""
    zone, clock = ZoneInfo(series["tz"]), series["dtstart"][11:]
    for each in found:
        assert each["state"] == "registration_open"
        assert each["starts_local"][11:] == clock
        local = datetime.fromisoformat(each["starts_local"]).replace(tzinfo=zone)
        assert datetime.fromisoformat(each["starts_at"]) == local.astimezone(UTC)
    if series["rrule"].startswith("FREQ=WEEKLY;BYDAY"):
        days = [datetime.fromisoformat(each["starts_local"]).date() for each in found]
        assert {(after - before).days for before, after in pairwise(days)} == {7}
        assert len(found) in (25, 26)


def test_meetings_stay_at_their_local_time(season: Season, tmp_path: Path) -> None:
    season.apply(SAMPLE, "tides", tmp_path)
    series = {each["title"].partition(": ")[2]: each for each in season.series("tides")}
    assert set(series) == set(CHANGES[season.begins]), "all but those whose weeks nobody knows"
    for name, instants in CHANGES[season.begins].items():
        found = season.every("tides", f"/event-series/{series[name]['id']}/occurrences")
        stays_at_its_time(series[name], found)
        starts = [each["starts_at"] for each in found]
        at = starts.index(instants[0])
        assert starts[at : at + len(instants)] == instants, name


@pytest.mark.skipif(not REAL.is_file(), reason=f"1 real structure is not there: {REAL}")
def test_the_meetings_of_kubernetes_stay_at_their_local_time(season: Season, tmp_path: Path) -> None:
    season.apply(REAL, "kubernetes", tmp_path)
    series = season.series("kubernetes")
    assert len(series) == 42
    end = (season.begins + timedelta(days=HORIZON_DAYS)).isoformat()
    shown = [
        (datetime.fromisoformat(one["starts_at"]).isoformat(), one["title"])
        for one in season.every("kubernetes", "/events")
    ]
    assert season.feed("kubernetes") == sorted(one for one in shown if one[0] < end)
    crossed = 0
    for each in series:
        found = season.every("kubernetes", f"/event-series/{each['id']}/occurrences")
        stays_at_its_time(each, found)
        zone = ZoneInfo(each["tz"])
        offsets = {datetime.fromisoformat(one["starts_at"]).astimezone(zone).utcoffset() for one in found}
        crossed += len(offsets) > 1
    assert crossed == sum(each["tz"] != "UTC" for each in series)

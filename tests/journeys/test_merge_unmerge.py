"""Members of a real and of a made-up community are merged and separated: all is as it was before."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.testing import Cluster, eventually
from tests.cli.real_data import HISTORY, needs_real_data

pytestmark = pytest.mark.timeout(300)

MERGED = 12
"""Members merged into one survivor, who is then merged into somebody else."""

ALWAYS_NEW = {"high_water", "version", "updated_at"}


@dataclass(frozen=True)
class Place:
    """An imported community."""

    stack: Cluster
    client: httpx.Client
    path: str

    def get(self, path: str, **asked: Any) -> Any:
        answer = self.client.get(f"{self.path}{path}", params=asked)
        assert answer.status_code in (200, 422), answer.text
        return answer.json()

    def post(self, path: str, content: Any = None) -> Any:
        answer = self.client.post(f"{self.path}{path}", json=content)
        assert answer.is_success, answer.text
        return answer.json()

    def every(self, path: str) -> list[dict[str, Any]]:
        """All items of a list."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=100, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    def settled(self) -> None:
        """Returns once metrics has counted all there is."""
        self.stack.wait_converged(within=60)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("stackexchange", marks=[needs_real_data, pytest.mark.either_database]),
        "simulated",
    ],
)
def place(
    request: pytest.FixtureRequest, stack: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    slug, directory = f"m-{uuid4().hex[:8]}", HISTORY
    if request.param == "simulated":
        directory = tmp_path_factory.mktemp("simulated")
        run(stack, "simulate", directory, "--seed", "3", "--members", "120", "--days", "90")
    run(stack, "import", "stackexchange", directory, "--community", slug, "--create")
    if stack.postgres is not None:
        stack.execute("metrics", "ANALYZE")
    with stack.client() as client:
        (community,) = client.get("/v1/communities", params={"slug": slug}).json()["items"]
        yield Place(stack, client, f"/v1/communities/{community['id']}")


def run(stack: Cluster, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "cli.main", *map(str, arguments)]
    done = subprocess.run(command, env=stack.variables(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr


def kpis(place: Place) -> dict[str, Any]:
    """Every metric at every step over the whole history, and retention."""
    found: dict[str, Any] = {}
    for metric in (each["id"] for each in place.get("/metrics")["items"]):
        for step in ("day", "week", "month", "all"):
            found[f"{metric} by {step}"] = plain(place.get(f"/metrics/{metric}", step=step))
    for by in ("day", "week"):
        found[f"retention by {by}"] = plain(place.get("/retention", by=by))
    return found


def pages(place: Place) -> dict[str, Any]:
    """Every member with roles, functions, identities, and who is in which group."""
    found: dict[str, Any] = {each["id"]: plain(each) for each in place.every("/members")}
    for member in list(found)[: MERGED * 3]:
        for what in ("roles", "functions", "identities"):
            found[f"{member}/{what}"] = plain(place.every(f"/members/{member}/{what}"))
    for group in place.every("/groups"):
        found[f"group {group['slug']}"] = plain(place.every(f"/groups/{group['id']}/members"))
    return found


def plain(content: Any) -> Any:
    """Without what every change changes."""
    if isinstance(content, dict):
        return {name: plain(value) for name, value in content.items() if name not in ALWAYS_NEW}
    return [plain(each) for each in content] if isinstance(content, list) else content


def furnish(place: Place, members: list[str]) -> None:
    """Roles, functions, groups, and topics of the members' own, besides what was imported as their doing."""
    channel = place.post("/channels", {"name": "Here", "kind": "forum"})["id"]
    given = {"slug": "north", "name": "North", "kind": "chapter", "visibility": "members"}
    group = place.post("/groups", given)["id"]
    for n, member in enumerate(members):
        place.post(f"/members/{member}/roles", {"role": ("editor", "moderator", "organizer")[n % 3]})
        place.post(f"/members/{member}/functions", {"function": ("mentor", "expert")[n % 2]})
        if n % 3:
            put = place.client.put(f"{place.path}/groups/{group}/members/{member}", json={})
            assert put.is_success, put.text
        said = {"title": "Ours", "body": "Written here.", "kind": "discussion"}
        place.post("/topics", said | {"channel_id": channel, "author_member_id": member})


def first_members(place: Place) -> list[str]:
    """Those who joined first."""
    return [each["id"] for each in place.every("/members")][: MERGED + 2]


def merge(place: Place, survivor: str, merged: str) -> str:
    made = place.post("/merges", {"survivor_id": survivor, "merged_id": merged})
    place.post(f"/merges/{made['id']}/apply")
    return str(made["id"])


def test_everything_is_as_before_but_was_different_in_between(place: Place) -> None:
    last, survivor, *others = first_members(place)
    furnish(place, [last, survivor, *others])
    place.settled()
    before = {"kpis": kpis(place), "pages": pages(place)}

    merges = [merge(place, survivor, each) for each in others]
    merges.append(merge(place, last, survivor))
    place.settled()
    between = {"kpis": kpis(place), "pages": pages(place)}
    changed = {name for name, value in between["kpis"].items() if value != before["kpis"][name]}
    assert {f"{metric} by all" for metric in ("dau", "gini", "top_share", "participation_split")} <= changed
    assert len(between["pages"][f"{last}/identities"]) == len(others) + 2
    assert between["pages"][last]["roles"] == ["editor", "moderator", "organizer"]
    people = [each["kpis"]["gini by all"]["points"][0]["n"] for each in (before, between)]
    assert people[0] - people[1] == len(merges)

    for each in reversed(merges):
        place.post(f"/merges/{each}/revert")
    place.settled()
    after = {"kpis": kpis(place), "pages": pages(place)}
    assert {name for name in before["kpis"] if after["kpis"][name] != before["kpis"][name]} == set()
    assert {name for name in before["pages"] if after["pages"].get(name) != before["pages"][name]} == set()
    assert after == before

    place.post("/metrics/rebuild")
    eventually(lambda: place.get("/metrics/rebuild")["state"] == "idle", within=60)
    assert kpis(place) == before["kpis"]
    figures = {"merges": len(merges), "kpi_series": len(before["kpis"]), "changed_in_between": len(changed)}
    print(json.dumps(figures | {"pages": len(before["pages"])}))  # noqa: T201 - the figures, for who reads along

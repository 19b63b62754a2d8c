"""Metrics seen from outside: a community whose activity is told by engagement and asked of metrics."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.metrics import models
from shared.settings import Settings
from shared.store import Store
from shared.store import migrate as migrations
from shared.store.postgres import PostgresStore
from shared.store.sqlite import SqliteStore
from shared.testing import Postgres, eventually
from tests.metrics.in_process import Service

MONDAY = date(2024, 1, 1)


@dataclass
class Community:
    """A community, what was told about it, and what metrics says."""

    id: UUID
    membership: httpx.Client
    engagement: httpx.Client
    metrics: httpx.Client
    refs: Iterator[int] = field(default_factory=lambda: count(1))
    channel: str = ""
    told: int = 0

    @property
    def path(self) -> str:
        return f"/v1/communities/{self.id}"

    def ingest(self, items: Iterable[dict[str, Any]]) -> None:
        """Outside activity, as an importer tells it."""
        if not self.channel:
            given = {"name": "elsewhere", "kind": "forum"}
            made = self.engagement.post(f"{self.path}/channels", json=given)
            assert made.status_code == 201, made.text
            self.channel = made.json()["id"]
        rows = [{"subject": None, "thread": None} | item | {"ref": str(next(self.refs))} for item in items]
        for start in range(0, len(rows), 500):
            body = {"provider": "activities", "items": rows[start : start + 500]}
            done = self.engagement.post(f"{self.path}/channels/{self.channel}/activities", json=body)
            assert done.status_code == 200, done.text
            assert done.json()["refused"] == []
        self.told += sum(1 for row in rows if row["subject"] is not None)

    def ask(self, path: str, **query: Any) -> httpx.Response:
        return self.metrics.get(f"{self.path}{path}", params=query)

    def points(self, metric: str, **query: Any) -> list[dict[str, Any]]:
        """The points of a metric."""
        answer = self.ask(f"/metrics/{metric}", **query)
        assert answer.status_code == 200, answer.text
        points: list[dict[str, Any]] = answer.json()["points"]
        return points

    def one(self, metric: str, **query: Any) -> dict[str, Any]:
        """The one point over the whole interval."""
        [point] = self.points(metric, step="all", **query)
        return point

    def counted(self, activities: int | None = None, *, within: float = 10.0) -> None:
        """Returns once metrics has counted every activity told."""
        expected = self.told if activities is None else activities
        eventually(lambda: self.one("dau")["n"] == expected, within=within)


@pytest.fixture(scope="module")
def service(server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home: Path = tmp_path_factory.mktemp("metrics")
    given: dict[str, Any] = {"home": home}
    if server is not None:
        database = f"in_process_{home.name}"
        server.create(f"{database}_metrics")
        given["database_url"] = server.url(database + "_{service}")
    migrations.migrate("metrics", Settings(**given))
    with asyncio.Runner() as runner:
        store: Store = SqliteStore(home / "metrics.db", [models.Base.metadata], b"test")
        if server is not None:
            store = PostgresStore(server.url(f"{database}_metrics"), 2, b"test")
        runner.run(store.open())
        yield Service(store, runner)
        runner.run(store.close())


@pytest.fixture
def place(
    community: UUID, membership: httpx.Client, engagement: httpx.Client, metrics: httpx.Client
) -> Community:
    """A fresh community in UTC."""
    return Community(community, membership, engagement, metrics)


def at(day: int, hour: int = 12) -> str:
    """An instant so many days after Monday, 1 January 2024."""
    return (datetime(2024, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)).isoformat()


def done(subject: str | None, day: int, kind: str = "message", *, hour: int = 12) -> dict[str, Any]:
    """One activity of somebody."""
    return {"subject": subject, "kind": kind, "at": at(day, hour)}

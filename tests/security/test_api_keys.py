"""API keys (S10): kept as a digest only, good for their scopes until they end, and found in no log."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.testing import eventually
from tests.security.world import SERVICES, World, done, issue_key

EVERYWHERE = {
    "membership:read": "",
    "engagement:read": "/topics",
    "events:read": "/events",
    "knowledge:read": "/articles",
    "metrics:read": "/metrics",
}


def get(world: World, key: str, below: str = "", **options: Any) -> httpx.Response:
    with world.cluster.client(key) as client:
        return client.get(world.home.path + below, **options)


def statuses(world: World, key: str) -> set[int]:
    """What a key gets at every service."""
    return {get(world, key, below).status_code for below in EVERYWHERE.values()}


def test_a_key_is_dead_at_every_service_within_5_seconds_of_its_revocation(world: World) -> None:
    client = issue_key(world.owner, world.home, list(EVERYWHERE))
    assert statuses(world, client["key"]) == {200}
    done(world.owner.delete(f"/v1/clients/{client['id']}"))
    eventually(lambda: statuses(world, client["key"]) == {401}, within=5)


def test_a_key_is_dead_when_it_expires(world: World) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    client = issue_key(world.owner, world.home, ["membership:read"], expires_at=soon.isoformat())
    assert get(world, client["key"]).status_code == 200
    eventually(lambda: get(world, client["key"]).status_code == 401, within=4, every=0.1)
    assert datetime.now(UTC) >= soon


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_key_lives_a_year_at_most(days: int, world: World) -> None:
    given = {
        "community_id": str(world.home.id),
        "name": "K",
        "scopes": ["membership:read"],
        "expires_at": (datetime.now(UTC) + timedelta(days=days)).isoformat(),
    }
    assert world.owner.post("/v1/clients", json=given).status_code == 422


def test_a_rotated_key_works_through_its_grace_and_not_beyond(world: World) -> None:
    client = issue_key(world.owner, world.home, ["membership:read"])
    first = client["key"]
    second = done(world.owner.post(f"/v1/clients/{client['id']}/rotate", json={"grace_seconds": 60}))["key"]
    assert [get(world, key).status_code for key in (first, second)] == [200, 200]
    third = done(world.owner.post(f"/v1/clients/{client['id']}/rotate", json={"grace_seconds": 0}))["key"]
    eventually(lambda: get(world, second).status_code == 401, within=5)
    assert [get(world, key).status_code for key in (first, second, third)] == [401, 401, 200]


def test_a_key_is_shown_once(world: World) -> None:
    given = {"community_id": str(world.home.id), "name": "Once", "scopes": ["membership:read"]}
    repeated = {"Idempotency-Key": "once-and-only"}
    first = done(world.owner.post("/v1/clients", json=given, headers=repeated))
    again = done(world.owner.post("/v1/clients", json=given, headers=repeated))
    listed = done(world.owner.get("/v1/clients", params={"community_id": str(world.home.id), "limit": 100}))
    assert (first["id"], again["key"]) == (again["id"], None)
    assert get(world, first["key"]).status_code == 200
    assert [client["id"] for client in listed["items"]].count(first["id"]) == 1
    assert all("key" not in client for client in listed["items"])


def test_a_key_counts_only_where_it_belongs(world: World) -> None:
    key = issue_key(world.owner, world.home, ["membership:read"])["key"]
    path = world.home.path
    with world.cluster.client("") as nobody:
        in_address = [nobody.get(path, params={name: key}) for name in ("key", "api_key", "access_token")]
        in_headers = [
            nobody.get(path, headers={name: key}) for name in ("X-Api-Key", "Cookie", "Authorization")
        ]
        basic = nobody.get(path, auth=("key", key))
    assert {answer.status_code for answer in (*in_address, *in_headers, basic)} == {401}


def test_a_key_changed_in_any_place_opens_nothing(world: World) -> None:
    key = issue_key(world.owner, world.home, ["membership:read"])["key"]
    other = issue_key(world.owner, world.home, ["membership:read"])["key"]
    _, environment, client_id, secret = key.split("_")
    wrong = [
        key[:-1],
        key + "0",
        key.upper(),
        f"gh_{environment}_{client_id}_{other.split('_')[3]}",
        f"gh_production_{client_id}_{secret}",
        f"gh_{environment}_{client_id.upper()}_{secret}",
        f"gh_{environment}__{secret}",
        f"gh_{environment}_{client_id}_",
        f"gh_{environment}_{client_id}_{'0' * 64}",
        f"GH_{environment}_{client_id}_{secret}",
        secret,
        world.cluster.owner_key[:-1],
    ]
    assert get(world, key).status_code == 200
    assert {get(world, changed).status_code for changed in wrong} == {401}


def test_no_key_and_no_token_is_written_down_anywhere(world: World) -> None:
    """Not in a table, a log, the broker's store or an answer of `/metrics`; digests are what is kept."""
    client = issue_key(world.owner, world.home, list(EVERYWHERE))
    key = client["key"]
    assert statuses(world, key) == {200}
    assert get(world, key, "/members", params={"cursor": "x"}).status_code == 400
    assert get(world, key[:-1]).status_code == 401
    world.cluster.wait_converged()
    secrets = [
        secret.encode() for secret in (key.split("_")[3], world.tokens["owner"], world.cluster.owner_key)
    ]
    home = world.cluster.home
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "owner.key"]
    assert {path.suffix for path in files} >= {".log", ".db"} or world.cluster.postgres
    assert [str(path) for path in files for secret in secrets if secret in _content(path)] == []
    for table in ("client", "outbox", "audit", "idempotency"):
        rows = repr(world.cluster.rows("gateway", f"SELECT * FROM {table}")).encode()
        assert not any(secret in rows for secret in secrets)
    for service in SERVICES:
        shown = httpx.get(world.cluster.url(service) + "/metrics", trust_env=False).content
        assert not any(secret in shown for secret in secrets)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content

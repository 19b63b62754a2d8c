"""The topology of docker-compose.yml in production mode, on PostgreSQL and NATS, every service on its own."""

import asyncio
import json
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from shared.testing import Postgres, eventually
from tests.deploy.composition import EXAMPLE, ROOT, variables
from tests.deploy.topology import GUILDHALL, SERVICES, Topology


@pytest.fixture(scope="module")
def secret() -> dict[str, str]:
    """The environment file as an operator fills it in."""
    example = variables(EXAMPLE.read_text(encoding="utf-8"))
    return {n: f"s{secrets.token_hex(24)}" if v == "change-me" else v for n, v in example.items()}


@pytest.fixture(scope="module")
def running(
    secret: dict[str, str], postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Topology]:
    with Topology(tmp_path_factory.mktemp("production"), postgres, secret) as topology:
        yield topology


@pytest.fixture
def owner(running: Topology, secret: dict[str, str]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {secret['GUILDHALL_OWNER_KEY']}"}
    with httpx.Client(base_url=running.url("gateway"), headers=headers, trust_env=False) as client:
        yield client


def test_a_member_joins_and_metrics_hears_of_it(owner: httpx.Client) -> None:
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "Production", "kind": "cop"}
    community = owner.post("/v1/communities", json=given).json()["id"]
    for step in ("open-gathering", "activate"):
        assert owner.post(f"/v1/communities/{community}/{step}").is_success
    joined = owner.post(f"/v1/communities/{community}/members", json={"handle": "ada", "display_name": "Ada"})
    assert joined.status_code == 201, joined.text

    today = datetime.now(UTC).date()
    asked = {"step": "all", "from": f"{today - timedelta(days=1)}", "to": f"{today + timedelta(days=2)}"}

    def counted() -> bool:
        answer = owner.get(f"/v1/communities/{community}/metrics/growth_net", params=asked)
        assert answer.is_success, answer.text
        assert [point["joined"] for point in answer.json()["points"]] == [1], answer.text
        return True

    eventually(counted, within=10)


def test_an_events_link_is_sealed_under_a_key_given_from_outside(owner: httpx.Client) -> None:
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "Production", "kind": "cop"}
    community = owner.post("/v1/communities", json=given).json()["id"]
    starts_at = (datetime.now(UTC) + timedelta(days=7)).isoformat(timespec="seconds")
    event: dict[str, Any] = {"title": "A talk", "starts_at": starts_at, "duration_minutes": 60, "tz": "UTC"}
    link = "https://meet.example.org/talk"
    event |= {"venue": {"online_url": link}}
    made = owner.post(f"/v1/communities/{community}/events", json=event)
    assert made.status_code == 201, made.text
    assert made.json()["venue"]["online_url"] == link


def test_the_public_listener_keeps_health_and_metrics_to_itself(
    running: Topology, owner: httpx.Client
) -> None:
    for path in ("/metrics", "/livez", "/readyz", "/docs", "/internal/actors"):
        assert owner.get(path).status_code == 404, path
    assert "guildhall_http_requests_total" in running.metrics("gateway")


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
def test_a_service_trusts_nobody_but_the_gateway(
    running: Topology, service: str, secret: dict[str, str]
) -> None:
    for headers in ({}, {"Authorization": f"Bearer {secret['GUILDHALL_OWNER_KEY']}"}):
        path = f"{running.url(service)}/v1/communities/{uuid4()}/members"
        answer = httpx.get(path, headers=headers, trust_env=False)
        assert answer.status_code in (401, 404), answer.text
    assert httpx.get(f"{running.url(service)}/docs", trust_env=False).status_code == 404


def test_a_role_reaches_its_own_database_only(running: Topology) -> None:
    async def connect(role: str, database: str) -> None:
        host = str(running.postgres.directory)
        await (await asyncpg.connect(host=host, user=role, database=database)).close()

    asyncio.run(connect("guildhall_membership", "guildhall_membership"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(connect("guildhall_membership", "guildhall_metrics"))


def test_the_broker_wants_its_password_and_syncs_always(running: Topology) -> None:
    with socket.create_connection(("127.0.0.1", running.nats_port), timeout=5) as connection:
        wrong = {"user": "guildhall", "pass": "wrong", "verbose": False}
        connection.sendall(f"CONNECT {json.dumps(wrong)}\r\nPING\r\n".encode())
        assert b"Authorization Violation" in connection.makefile("rb").read()
    said = httpx.get(f"http://127.0.0.1:{running.nats_monitor}/varz", trust_env=False).json()
    assert said["jetstream"]["config"]["sync_always"] is True


def test_the_jobs_change_nothing_the_second_time(running: Topology) -> None:
    keys = {path: path.read_bytes() for path in sorted((running.home / "keys").rglob("*")) if path.is_file()}
    running.create_databases()
    running.make_keys()
    said = running.migrate()
    assert {path: path.read_bytes() for path in keys} == keys
    assert all(re.fullmatch(r"\w+: at \d{4}\n", line) for line in said), said


def test_the_operators_tools_reach_everything(running: Topology) -> None:
    eventually(lambda: running.tool("verify").returncode == 0, within=30)
    assert running.tool("dead-letters", "list").stdout.strip() == "none"
    asked = running.tool("key", "list", "--community", "nowhere")
    assert asked.returncode == 1
    assert "nowhere" in asked.stderr


def test_alerts_and_dashboard_ask_for_metrics_that_exist(running: Topology) -> None:
    told = {
        name
        for service in SERVICES
        for name in re.findall(r"^# TYPE (\S+)", running.metrics(service), re.MULTILINE)
    }
    asked = (ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8")
    asked += (ROOT / "deploy/grafana/overview.json").read_text(encoding="utf-8")
    names = {name.removesuffix("_bucket") for name in re.findall(r"\bguildhall_\w+", asked)}
    assert names - told == set()


def test_the_example_itself_is_refused(running: Topology) -> None:
    """Nobody runs in production with the secrets everybody can read in the repository."""
    environment = running.environment("gateway") | {"GUILDHALL_OWNER_KEY": "change-me"}
    command = [*GUILDHALL, "up", "gateway"]
    environment["GUILDHALL_PORT"] = str(running.port + 20)
    environment["GUILDHALL_ADMIN_PORT"] = str(running.port + 40)
    started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=30, check=False)
    assert started.returncode != 0
    assert b"OWNER_KEY has fewer than 32 characters" in started.stdout + started.stderr


def test_sigterm_ends_a_service_in_time_and_in_order(running: Topology) -> None:
    codes = {service: running.terminate(service) for service in reversed(SERVICES)}
    assert codes == dict.fromkeys(codes, 0)

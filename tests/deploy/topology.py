"""The containers of docker-compose.yml as plain processes: same commands and environment, other addresses."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx

from shared.broker import find_binary, free_ports
from shared.settings import SERVICES as NAMES
from shared.testing import Postgres, eventually
from shared.testing.processes import free_block
from tests.deploy.composition import ROOT, composition

SERVICES = ("membership", "engagement", "events", "knowledge", "metrics", "gateway")
INSIDE_PORT = 8000
GUILDHALL = (sys.executable, "-m", "cli.main")


class Topology:
    """Broker, databases, jobs and services, each with exactly the environment its container gets."""

    def __init__(self, home: Path, postgres: Postgres, given: dict[str, str]) -> None:
        self.home = home
        self.postgres = postgres
        self.containers = composition(given)["services"]
        self.port = free_block(len(NAMES))
        self.admin_port, self.nats_port, self.nats_monitor = free_ports(3)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._show_logs()
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.processes)):
            self.terminate(name)

    def _start(self) -> None:
        self.create_databases()
        self.make_keys()
        self._spawn("nats", [find_binary(), "-c", str(ROOT / "deploy/nats.conf"), *self._broker_addresses()])
        eventually(self._broker_listens, within=10)
        self.migrate()
        for service in SERVICES:
            self._spawn(service, [*GUILDHALL, *self.containers[service]["command"]])
        eventually(lambda: all(map(self.is_ready, SERVICES)), within=60)

    def _show_logs(self) -> None:
        for log in sorted(self.home.glob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(encoding='utf-8')[-4000:]}\n")

    # -- jobs ------------------------------------------------------------------------------------------------

    def create_databases(self) -> None:
        """What the PostgreSQL container runs on an empty data directory."""
        environment = self.environment("postgres") | {
            "PATH": f"{self.postgres.binaries}:{os.environ['PATH']}",
            "PGHOST": str(self.postgres.directory),
        }
        subprocess.run(["sh", ROOT / "deploy/postgres/init.sh"], env=environment, check=True)

    def make_keys(self) -> None:
        """What the container `keys` runs."""
        job = self.containers["keys"]
        script, directory = ROOT / "deploy/keys.py", self.home / "keys"
        subprocess.run([sys.executable, script, directory, *job["command"]], cwd=ROOT, check=True)

    def migrate(self) -> list[str]:
        """Run the migrations of every service, side by side, to their end; what each said."""
        jobs = [f"migrate-{service}" for service in SERVICES]
        for job in jobs:
            self._spawn(job, [*GUILDHALL, *self.containers[job]["command"]])
        assert [self.processes.pop(job).wait(60) for job in jobs] == [0] * len(jobs)
        return [(self.home / f"{job}.log").read_text(encoding="utf-8") for job in jobs]

    def tool(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """What `docker compose run --rm tools ...` does."""
        environment = self.environment("tools")
        return subprocess.run(
            [*GUILDHALL, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    # -- processes -------------------------------------------------------------------------------------------

    def terminate(self, name: str) -> int:
        """SIGTERM, as a container is stopped; the exit code, within the 15 s that are promised."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
            raise

    def environment(self, container: str) -> dict[str, str]:
        """What the container gets, with addresses and folders of this machine."""
        service = container.removeprefix("migrate-")
        given = {name: self._here(str(value), service) for name, value in self._given(container)}
        home = self.home / service
        home.mkdir(exist_ok=True)
        own = {"GUILDHALL_HOST": "127.0.0.1", "GUILDHALL_PORT": str(self.port)}
        if "GUILDHALL_ADMIN_PORT" in given:
            own["GUILDHALL_ADMIN_PORT"] = str(self.admin_port)
        return {"PATH": os.environ["PATH"], "GUILDHALL_HOME": str(home)} | given | own

    def _given(self, container: str) -> Iterator[tuple[str, object]]:
        yield from self.containers[container].get("environment", {}).items()

    def _here(self, value: str, service: str) -> str:
        value = re.sub(r"@postgres:5432/([\w{}]+)", rf"@/\1?host={self.postgres.directory}", value)
        value = value.replace("@nats:4222", f"@127.0.0.1:{self.nats_port}")
        mounted = self.containers[service].get("volumes", [""])[0].partition("-keys:")[0]
        value = value.replace("/run/guildhall/", f"{self.home}/keys/{mounted}/")
        return re.sub(
            r"^http://\w+:(\d+)$",
            lambda url: f"http://127.0.0.1:{int(url[1]) - INSIDE_PORT + self.port}",
            value,
        )

    def _broker_addresses(self) -> list[str]:
        monitor = ["-m", str(self.nats_monitor)]
        return ["-a", "127.0.0.1", "-p", str(self.nats_port), *monitor, "-sd", str(self.home / "jetstream")]

    def _broker_listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.nats_port)) == 0

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.home / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(name), stdout=log, stderr=log
            )

    # -- speaking to it --------------------------------------------------------------------------------------

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port + NAMES.index(service)}"

    def operators_url(self, service: str) -> str:
        """Where health and metrics are."""
        return f"http://127.0.0.1:{self.admin_port}" if service == "gateway" else self.url(service)

    def is_ready(self, service: str) -> bool:
        try:
            return httpx.get(f"{self.operators_url(service)}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def metrics(self, service: str) -> str:
        """What Prometheus scrapes."""
        return httpx.get(f"{self.operators_url(service)}/metrics", trust_env=False).text

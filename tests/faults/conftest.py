"""A Guildhall to be broken, and at the end a table of what the history checker counted."""

from collections.abc import Iterator

import pytest

from shared.testing import Cluster, Postgres
from tests.faults import needles
from tests.faults.history import REPORTED, table


@pytest.fixture(scope="session")
def breakable_server(database: str) -> Iterator[Postgres | None]:
    """A PostgreSQL server to be broken, in the rounds that use one."""
    if database == "sqlite":
        yield None
        return
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def breakable(
    breakable_server: Postgres | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Everything running, shared by the fault tests of this database, each of which leaves it well.

    The broker remembers message ids for two seconds: what is published again after that is there twice.
    """
    home = tmp_path_factory.mktemp("home")
    short = {"DUPLICATE_WINDOW_SECONDS": "2"}
    with Cluster(home, postgres=breakable_server, environment=short, migrated=True) as cluster:
        yield cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REPORTED:
        terminalreporter.section("histories: what was acknowledged against what is there")
        terminalreporter.write_line(table(REPORTED))
    if needles.REPORTED:
        terminalreporter.section("erasures: what was found before, and the receipts")
        terminalreporter.write_line("\n".join(needles.REPORTED))

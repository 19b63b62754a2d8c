"""A Guildhall to be broken, and at the end a table of what the history checker counted."""

from collections.abc import Iterator

import pytest

from shared.testing import Cluster, Postgres
from tests.faults.history import REPORTED, table


@pytest.fixture(scope="session")
def breakable(server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Everything running, shared by the fault tests of this database, each of which leaves it well."""
    with Cluster(tmp_path_factory.mktemp("home"), postgres=server) as cluster:
        yield cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REPORTED:
        terminalreporter.section("histories: what was acknowledged against what is there")
        terminalreporter.write_line(table(REPORTED))

"""What every test can ask for: a running Guildhall on either database, and a community of its own in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing import Cluster, Postgres

FOLDER = Path(__file__).parent
FAULTS = FOLDER / "faults"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--part", choices=("sqlite", "postgres", "rest"), help="only one of the runs of tests/everything.py"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what this run is about: all, or the part of it that was asked for.

    What shows the same whichever database is below (`@pytest.mark.either_database`) runs on SQLite only.
    """
    part = config.getoption("--part")
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        again = _database(item) == "postgres" and item.get_closest_marker("either_database") is not None
        (kept if not again and part in (None, _part_of(item)) else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _part_of(item: pytest.Item) -> str:
    """The tests of one database, or the rest: those of faults, and those that ask for neither."""
    return "rest" if FAULTS in item.path.parents else _database(item) or "rest"


def _database(item: pytest.Item) -> str | None:
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    database = params.get("database")
    return None if database is None else str(database)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run; each cluster has databases of its own on it.

    It waits for no disk: what is to outlive a crash is tested in tests/faults, on servers as delivered.
    """
    with Postgres(hasty=True) as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """A test that asks for it, directly or through `stack`, runs once on either database."""
    return str(request.param)


@pytest.fixture(scope="session")
def server(database: str, request: pytest.FixtureRequest) -> Postgres | None:
    """The PostgreSQL server of this round; None on SQLite."""
    return request.getfixturevalue("postgres") if database == "postgres" else None


@pytest.fixture(scope="session")
def stack(server: Postgres | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Everything running, shared by all tests of this database: not to be broken, restarted or emptied."""
    with Cluster(tmp_path_factory.mktemp("home"), postgres=server, migrated=True) as cluster:
        yield cluster


@pytest.fixture
def cluster(
    server: Postgres | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Cluster]]:
    """Starts clusters for this test alone, to be broken: `cluster(("membership",), CRASHPOINT=...)`."""
    with ExitStack() as started:

        def make(names: tuple[str, ...] = (), **environment: str) -> Cluster:
            made = Cluster(
                tmp_path_factory.mktemp("home"),
                names,
                postgres=server,
                environment=environment,
                migrated=True,
            )
            return started.enter_context(made)

        yield make


@pytest.fixture(scope="session")
def api(stack: Cluster) -> Iterator[httpx.Client]:
    """A client of the gateway that holds the owner key."""
    with stack.client() as client:
        yield client


@pytest.fixture(scope="session")
def membership(stack: Cluster) -> Iterator[httpx.Client]:
    """The service itself, past the gateway, asked as the owner key."""
    with stack.direct("membership") as client:
        yield client


@pytest.fixture(scope="session")
def engagement(stack: Cluster) -> Iterator[httpx.Client]:
    """The service itself, past the gateway, asked as the owner key."""
    with stack.direct("engagement") as client:
        yield client


@pytest.fixture(scope="session")
def metrics(stack: Cluster) -> Iterator[httpx.Client]:
    """The service itself, past the gateway, asked as the owner key."""
    with stack.direct("metrics") as client:
        yield client


@pytest.fixture
def community(membership: httpx.Client) -> UUID:
    """A fresh, active community in UTC."""
    return found_community(membership)


def found_community(client: httpx.Client) -> UUID:
    """Founds and activates a community with a slug nobody else has."""
    given = {"slug": f"c-{uuid4().hex[:12]}", "name": "A test community", "kind": "cop"}
    made = client.post("/v1/communities", json=given)
    assert made.status_code == 201, made.text
    path = f"/v1/communities/{made.json()['id']}"
    for step in ("open-gathering", "activate"):
        done = client.post(f"{path}/{step}")
        assert done.is_success, done.text
    return UUID(made.json()["id"])

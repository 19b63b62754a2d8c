"""Migrations: each service's schema as a chain of alembic revisions, run by a job, not the service.

The revisions of a service lie in `services/<name>/migrations/versions`, named `NNNN_what_it_does.py`, and
their id is that number. Alembic is imported only when there is something to do.
"""

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from shared.crash import crashpoint
from shared.settings import Settings, settings
from shared.store import tables
from shared.store.columns import Id, Json, Moment, Word

LOCK = 7_140_001
"""Advisory lock under which one migration runs at a time on a PostgreSQL database."""

_TEMPLATE = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "{revision}"
down_revision = {down_revision}


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


def migrations_of(service: str) -> Path:
    """Where the migrations of `service` lie."""
    return Path(next(iter(import_module(f"services.{service}").__path__))) / "migrations"


def head(service: str) -> str | None:
    """The newest revision of `service`."""
    files = (migrations_of(service) / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")
    return max((path.name[:4] for path in files), default=None)


def metadata_of(service: str) -> list[sa.MetaData]:
    """The tables `service` should have: the kit's and its own."""
    models = import_module(f"services.{service}.models")
    return [tables.metadata, models.Base.metadata]


def pending(service: str, limits: Settings | None = None) -> bool:
    """Whether the database lacks revisions; costs a few milliseconds and no alembic."""
    limits = limits or settings()
    url = limits.secret("database_url")
    if url is None:
        return _sqlite_revision(limits.home / f"{service}.db") != head(service)
    return asyncio.run(_postgres_revision(url.replace("{service}", service))) != head(service)


def _sqlite_revision(path: Path) -> str | None:
    if not path.exists():
        return None
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        connection.close()
    return row[0] if row else None


async def _postgres_revision(url: str) -> str | None:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=5)
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return found


def migrate(service: str, limits: Settings | None = None) -> None:
    """Bring the database to the newest revision; each commits with its number, so a killed run resumes."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(migrations_of(service)))

    def upgrade(connection: sa.Connection) -> None:
        def steps(revision: Any, _context: Any) -> Any:
            crashpoint("mid_migration")
            return script._upgrade_revs("head", revision)

        _in_environment(script, connection, steps)

    _on_database(service, limits or settings(), upgrade)


def differences(service: str, limits: Settings | None = None) -> list[Any]:
    """What the models have that the migrated database has not, and the reverse; empty when they agree."""
    found: list[Any] = []

    def compare(connection: sa.Connection) -> None:
        from alembic.autogenerate import compare_metadata

        found.extend(compare_metadata(_compared(connection), metadata_of(service)))  # type: ignore[arg-type]

    _on_database(service, limits or settings(), compare)
    return found


def generate(service: str, message: str, limits: Settings | None = None) -> Path | None:
    """Write the revision that leads from the migrated database to the models; None when they agree."""
    from alembic.autogenerate import produce_migrations, render_python_code

    rendered: list[tuple[str, str]] = []

    def compare(connection: sa.Connection) -> None:
        script = produce_migrations(_compared(connection), metadata_of(service))  # type: ignore[arg-type]
        upgrade, downgrade = script.upgrade_ops, script.downgrade_ops
        _fill_added_columns(upgrade)
        if upgrade is not None and downgrade is not None and not upgrade.is_empty():
            code = [
                render_python_code(ops, render_item=_render, render_as_batch=True)
                for ops in (upgrade, downgrade)
            ]
            rendered.append((_without_comments(code[0]), _without_comments(code[1])))

    _on_database(service, limits or settings(), compare)
    if not rendered:
        return None
    last = head(service)
    revision = f"{int(last or 0) + 1:04d}"
    name = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    path = migrations_of(service) / "versions" / f"{revision}_{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    upgrade, downgrade = rendered[0]
    down = f'"{last}"' if last else "None"
    path.write_text(
        _TEMPLATE.format(
            message=message, revision=revision, down_revision=down, upgrade=upgrade, downgrade=downgrade
        ),
        encoding="utf-8",
    )
    return path


def _fill_added_columns(upgrade: Any) -> None:
    """Columns that join a table with rows get their model's default in the database as well.

    Rows that are there need a value, and so do those the former version writes while both run.
    """
    for changed in getattr(upgrade, "ops", []):
        for added in getattr(changed, "ops", []):
            column = getattr(added, "column", None)
            if column is not None and not column.nullable and column.default is not None:
                column.server_default = sa.DefaultClause(sa.text(_literal(column.default)))


def _literal(default: Any) -> str:
    """A column's default as SQL."""
    value = default.arg(None) if default.is_callable else default.arg
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + (value if isinstance(value, str) else json.dumps(value)).replace("'", "''") + "'"


def _without_comments(code: str) -> str:
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("#")).strip()


def _compared(connection: sa.Connection) -> Any:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection, opts={"compare_type": True, "render_item": _render})


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """The kit's column types by name in a revision; enumerations as the text they are."""
    if kind != "type":
        return False
    if isinstance(item, Word):
        return "sa.String(length=40)"
    if isinstance(item, Id | Moment | Json):
        return f"columns.{type(item).__name__}()"
    return False


def _in_environment(script: Any, connection: sa.Connection, steps: Callable[[Any, Any], Any]) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, render_as_batch=True, transaction_per_migration=True)
        environment.run_migrations()


def _on_database(service: str, limits: Settings, work: Callable[[sa.Connection], None]) -> None:
    url = limits.secret("database_url")
    if url is not None:
        asyncio.run(_on_postgres(url.replace("{service}", service), work))
        return
    limits.home.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{limits.home / f'{service}.db'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        connection.commit()
        work(connection)
    engine.dispose()


async def _on_postgres(url: str, work: Callable[[sa.Connection], None]) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=_connector(url), poolclass=sa.NullPool
    )
    try:
        async with engine.connect() as guard, engine.connect() as connection:
            await guard.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _connector(url: str) -> Callable[[], Any]:
    async def connect() -> Any:
        import asyncpg

        return await asyncpg.connect(url, timeout=5, command_timeout=300)

    return connect


def ensure_all(services: Sequence[str]) -> None:
    """Migrate every one of `services` that has pending revisions."""
    for service in services:
        if pending(service):
            migrate(service)

"""`guildhall migrate`: bring every service's database to the newest revision, or write the next revision."""

from typing import Annotated

import typer

from shared.settings import settings
from shared.store import migrate as migrations

EXISTING = ("gateway", "membership", "engagement", "events", "knowledge", "metrics")


def migrate(
    services: Annotated[list[str] | None, typer.Argument(help="Only these; all when none is named.")] = None,
    generate: Annotated[str | None, typer.Option(help="Write the next revision, with this message.")] = None,
) -> None:
    """Bring the services' databases to their newest revision."""
    settings().home.mkdir(parents=True, exist_ok=True)
    for service in services or EXISTING:
        if generate is not None:
            path = migrations.generate(service, generate)
            typer.echo(f"{service}: {path.name if path else 'models and database agree'}")
            continue
        if migrations.pending(service):
            migrations.migrate(service)
            typer.echo(f"{service}: migrated to {migrations.head(service)}")
        else:
            typer.echo(f"{service}: at {migrations.head(service)}")

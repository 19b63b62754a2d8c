"""`guildhall migrate`: bring every service's database to the newest revision, or write the next revision."""

from shared.settings import settings
from shared.store import migrate as migrations

EXISTING = ("gateway", "membership", "engagement", "metrics")


def migrate(services: list[str], generate: str | None = None) -> None:
    """Migrate `services` (all without a name); with `generate`, write the revision with that message instead."""
    settings().home.mkdir(parents=True, exist_ok=True)
    for service in services or EXISTING:
        if generate is not None:
            path = migrations.generate(service, generate)
            print(f"{service}: {path.name if path else 'models and database agree'}")
            continue
        if migrations.pending(service):
            migrations.migrate(service)
            print(f"{service}: migrated to {migrations.head(service)}")
        else:
            print(f"{service}: at {migrations.head(service)}")

"""The services' stores as the settings name them, for what an operator does without the services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.up import SERVICES
from shared.settings import settings
from shared.store import Store, tables
from shared.store.sqlite import SqliteStore


def stored() -> list[str]:
    """The services that have a store by now."""
    here = settings()
    if here.secret("database_url") is not None:
        return list(SERVICES)
    return [name for name in SERVICES if (here.home / f"{name}.db").is_file()]


@asynccontextmanager
async def store_of(service: str) -> AsyncIterator[Store]:
    """The open store of a service, the kit's own tables in mind; the service may be running."""
    here = settings()
    url = here.secret("database_url")
    store: Store
    if url is None:
        store = SqliteStore(here.home / f"{service}.db", [tables.metadata], b"")
    else:
        from shared.store.postgres import PostgresStore

        store = PostgresStore(url.replace("{service}", service), here.database_pool, b"")
    await store.open()
    try:
        yield store
    finally:
        await store.close()

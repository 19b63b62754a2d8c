"""`guildhall erasures`: hold every service to what any of them was asked to erase; for after a restore."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli import Failed
from cli.stores import store_of, stored
from shared.store import Context
from shared.tombstones import Erasure, remember, remembered

KnownTo = Annotated[
    list[Path] | None,
    typer.Option(
        "--known-to",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="A data directory or a later backup: who was erased there is erased here, too. Repeatable.",
    ),
]


def erasures(known_to: KnownTo = None) -> None:
    """Have every service erase whom any service, or a directory named, was asked to erase."""
    if not stored():
        raise Failed("there is nothing to erase anything from yet")
    typer.echo(asyncio.run(repeat(known_to or [])))


async def repeat(directories: Sequence[Path]) -> str:
    """Tell each store of the erasures it lacks; what was told, in words. Services carry it out themselves."""
    known = {(each.request_id, each.community_id): each for path in directories for each in _kept_in(path)}
    services = stored()
    for service in services:
        async with store_of(service) as store:
            found = await store.read(remembered, Context())
        known |= {(each.request_id, each.community_id): each for each in found}
    lines: list[str] = []
    for service in services:
        async with store_of(service) as store:
            told = await store.write(partial(remember, erasures=list(known.values())), Context())
        lines.append(f"{service}: {told} of {len(known)} erasures to be carried out again")
    return "\n".join(lines)


def _kept_in(directory: Path) -> list[Erasure]:
    """The erasures that the databases in a directory know of; those from before there were any know none."""
    found: list[Erasure] = []
    for path in sorted(directory.glob("*.db")):
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                rows = connection.execute("SELECT request_id, community_id, subject FROM erasure").fetchall()
        except sqlite3.DatabaseError as error:
            if "no such table" in str(error):
                continue
            raise Failed(f"{path} cannot be read: {error}") from error
        found += [Erasure(UUID(row[0]), UUID(row[1]), json.loads(row[2])) for row in rows]
    return found

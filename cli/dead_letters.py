"""`guildhall dead-letters`: the facts a service could not apply: see them, try them again, give them up."""

import asyncio
from typing import Annotated, Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
import typer

from cli import Failed
from cli.columns import show
from cli.stores import store_of, stored
from shared.clock import now
from shared.problems import Problem
from shared.store import Context, Tx, tables
from shared.store.tx import Work

R = TypeVar("R")

app = typer.Typer(no_args_is_help=True, help="Facts a service could not apply.")

LETTERS = tables.dead_letter

Letters = Annotated[list[UUID] | None, typer.Argument(metavar="[ID]...", help="Which, as `list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="All that are parked.")]


@app.command("list")
def list_(
    settled: Annotated[
        bool, typer.Option("--settled", help="Show redriven and discarded ones as well.")
    ] = False,
) -> None:
    """Show the dead letters of every service, oldest first."""
    wanted = sa.select(LETTERS).order_by(LETTERS.c.parked_at, LETTERS.c.id)
    if not settled:
        wanted = wanted.where(LETTERS.c.status.in_(["parked", "redrive"]))

    async def found(tx: Tx) -> list[Any]:
        return list(await tx.all(wanted))

    show(
        ("id", "service", "subject", "error", "status", "parked"),
        (
            (
                str(row.id),
                row.consumer,
                row.subject,
                row.error_class,
                row.status,
                row.parked_at.isoformat(timespec="seconds"),
            )
            for _, rows in asyncio.run(_in_every_store(found, write=False))
            for row in rows
        ),
    )


@app.command()
def redrive(letters: Letters = None, all_: All = False) -> None:
    """Let the services apply parked facts again, each once; one that fails again is parked again."""
    count = _settle(letters, every=all_, status="redrive")
    typer.echo(f"{count} released; a running service applies them within seconds")


@app.command()
def discard(letters: Letters = None, all_: All = False) -> None:
    """Give parked facts up for good; they stay listed with --settled."""
    count = _settle(letters, every=all_, status="discarded")
    typer.echo(f"{count} discarded")


def _settle(letters: list[UUID] | None, *, every: bool, status: str) -> int:
    if bool(letters) == every:
        raise typer.BadParameter("name the dead letters, or say --all")
    change = sa.update(LETTERS).where(LETTERS.c.status == "parked")
    if letters:
        change = change.where(LETTERS.c.id.in_(letters))
    settled_at = now() if status == "discarded" else None
    change = change.values(status=status, settled_at=settled_at)

    async def settle(tx: Tx) -> int:
        return await tx.execute(change)

    count = sum(changed for _, changed in asyncio.run(_in_every_store(settle, write=True)))
    if letters and count < len(letters):
        raise Failed(f"{len(letters) - count} of {len(letters)} are not parked; the other {count} were taken")
    return count


async def _in_every_store(work: Work[R], *, write: bool) -> list[tuple[str, R]]:
    results = []
    for service in stored():
        try:
            async with store_of(service) as store:
                results.append((service, await (store.write if write else store.read)(work, Context())))
        except (Problem, OSError) as error:
            raise Failed(f"the store of {service} does not answer: {error}") from None
    return results

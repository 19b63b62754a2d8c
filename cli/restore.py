"""`guildhall restore`: a backup back in place, and nobody with it who was erased since."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli import Failed
from cli.backup import MANIFEST, digests, home_on_files
from cli.erasures import KnownTo, repeat
from cli.stores import stored
from shared.store import migrate

Kept = Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="A backup.")]


def restore(directory: Kept, known_to: KnownTo = None) -> None:
    """Put a backup into a data directory that has no databases; start Guildhall afterwards, then verify.

    Name the data directory that it replaces, or a later backup, by --known-to: who was erased since stays so.
    """
    home = home_on_files()
    if stored():
        raise Failed(f"{home} has data; move it away, name it by --known-to, or name another GUILDHALL_HOME")
    try:
        promised = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Failed(f"{directory} is no finished backup") from None
    if (found := digests(directory)) != promised:
        differing = sorted(name for name in {*found, *promised} if found.get(name) != promised.get(name))
        raise Failed(f"{directory} is damaged: {', '.join(differing)}")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(directory, home, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
    for service in stored():
        if migrate.pending(service):
            migrate.migrate(service)
    typer.echo(f"{home} holds what {directory} held; start it with guildhall up")
    typer.echo(asyncio.run(repeat(known_to or [])))
    if not known_to:
        typer.echo(
            "who was erased after this backup is in it: name what knows by guildhall erasures --known-to"
        )

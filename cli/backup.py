"""`guildhall backup`: a copy of what cannot be made again, taken while everything runs."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cli import Failed
from cli.stores import stored
from cli.up import SERVICES
from shared.settings import settings

MANIFEST = "manifest.json"

LISTENERS_FIRST = ("gateway", *(name for name in reversed(SERVICES) if name != "gateway"))
"""Who hears is copied before who tells: a fact that a listener's copy has applied is in its owner's copy."""

New = Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it; must not exist.")]


def backup(directory: New) -> None:
    """Copy databases and keys to DIR; the services may run. Keep it as secret as the data directory."""
    home = home_on_files()
    if directory.exists():
        raise Failed(f"{directory} exists already")
    services = stored()
    if not services:
        raise Failed(f"there is nothing in {home} yet")
    unfinished = directory.with_name(f"{directory.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    for service in sorted(services, key=LISTENERS_FIRST.index):
        _copy_database(home / f"{service}.db", unfinished / f"{service}.db")
    if (home / "keys").is_dir():
        shutil.copytree(home / "keys", unfinished / "keys")
    if (home / "owner.key").is_file():
        shutil.copy2(home / "owner.key", unfinished)
    (unfinished / MANIFEST).write_text(json.dumps(digests(unfinished), indent=1), encoding="utf-8")
    unfinished.rename(directory)
    typer.echo(f"{', '.join(services)} and the keys are in {directory}")


def home_on_files() -> Path:
    if settings().secret("database_url") is not None:
        raise Failed("the data is in PostgreSQL: use pg_dump and pg_restore, see docs/operations.md")
    return settings().home.absolute()


def _copy_database(source: Path, target: Path) -> None:
    """A copy of one instant, whatever is being written meanwhile."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)
    target.chmod(0o600)


def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest, by its path."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file() and path.name != MANIFEST)
    return {str(path.relative_to(directory)): _digest(path) for path in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

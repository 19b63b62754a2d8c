"""SQLite files with the tables of a service, migrated once in a run and copied from then on."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from shared.settings import Settings
from shared.store.migrate import migrate


def copy_migrated(service: str, to: Path) -> None:
    """An empty database of `service` with the newest tables."""
    shutil.copyfile(_migrated(service), to)


@cache
def _migrated(service: str) -> Path:
    migrate(service, Settings(home=_home()))
    found = _home() / f"{service}.db"
    assert [file.name for file in _home().glob(f"{service}.db-*")] == [], "all of it is in the file"
    return found


@cache
def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="gh-migrated-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home

"""The lock names every dependency with version and hashes, and no index."""

import re
import tomllib
from importlib.metadata import distributions

from packaging.requirements import Requirement

from tests.architecture.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_dependency_is_locked() -> None:
    asked = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["postgres"],
        *PROJECT["dependency-groups"]["dev"],
    ]
    locked = set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE))
    assert {re.split(r"[\[<>=~;]", name)[0] for name in asked} - locked == set()


def test_every_package_has_a_version_and_hashes() -> None:
    packages = re.split(r"\n(?=[a-z])", LOCK.strip())
    without = [each for each in packages if not re.search(r"==\S+.*\n +--hash=sha256:", each)]
    assert without == []


def test_the_lock_names_no_index() -> None:
    assert re.findall(r"index|find-links|https?://", LOCK) == []


def test_the_lock_is_whole() -> None:
    """Whatever a locked package needs here is locked, too: it is installed without resolving anything."""
    locked = {_plain(name) for name in re.findall(r"^([a-zA-Z0-9._-]+)==", LOCK, re.MULTILINE)}
    installed = {_plain(each.name): each for each in distributions() if _plain(each.name) in locked}
    needed = {
        _plain(need.name)
        for each in installed.values()
        for need in map(Requirement, each.requires or [])
        if need.marker is None or need.marker.evaluate({"extra": ""})
    }
    assert len(installed) > 50
    assert needed - locked == set()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

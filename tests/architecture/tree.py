"""The files of the project, as the architecture tests look at them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from shared.app import Service
from shared.route import Route

ROOT = Path(__file__).parents[2]
CODE = ("shared", "services", "cli", "bench", "deploy", "docs", "tests")
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))


def modules(*folders: str) -> list[Path]:
    """The Python files below `folders`, relative to the root; migrations are history, not code to read."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path.relative_to(ROOT) for path in found if "migrations" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def service(name: str) -> Service:
    """What `services/<name>/app.py` declares."""
    declared: Service = import_module(f"services.{name}.app").service
    return declared


def routes(name: str) -> list[Route]:
    """The routes of a service's slices; health and metrics are the kit's."""
    listed = [getattr(part, "router", None) for part in service(name).slices]
    return [route for router in listed if router is not None for route in router.routes]


def section(text: str, heading: str) -> str:
    """The part of a Markdown page below `## heading`."""
    found = re.search(rf"^## {heading}\b.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {heading}"
    return found.group(1)

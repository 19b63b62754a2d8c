"""docker-compose.yml as Docker Compose reads it: merged, its variables taken from an environment file."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "guildhall.env.example"
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")


def variables(text: str) -> dict[str, str]:
    """The assignments of an environment file."""
    lines = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


def composition(given: dict[str, str]) -> Any:
    """The whole file; KeyError for a required variable that is missing or empty."""

    def fill(found: re.Match[str]) -> str:
        name, operator, default = found.groups()
        value = given.get(name, "")
        if operator == ":?" and not value:
            raise KeyError(name)
        return value or (default if operator == ":-" else "")

    return _filled(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")), fill)


def _filled(node: Any, fill: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value, fill) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, fill) for value in node]
    return _VARIABLE.sub(fill, node) if isinstance(node, str) else node

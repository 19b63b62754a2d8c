"""The command as its user runs it: a process of its own, whose exit code and words are looked at."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from shared.testing import Cluster

ROOT = Path(__file__).parents[2]
Ran = subprocess.CompletedProcess[str]


def run(variables: dict[str, str], *arguments: str | Path) -> Ran:
    """`guildhall` with these arguments, in this environment."""
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=100)


@pytest.fixture
def guildhall(stack: Cluster) -> Callable[..., Ran]:
    """Runs the command against the running stack."""
    return lambda *arguments: run(stack.variables(), *arguments)


@pytest.fixture
def slug() -> str:
    """Of a community nobody has made yet."""
    return f"c-{uuid4().hex[:12]}"

"""The command itself: every verb is listed, explains itself, and costs nothing until it is asked for."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.main import VERBS, command
from tests.cli.conftest import ROOT


def test_help_lists_every_verb() -> None:
    listed = CliRunner().invoke(command(list(VERBS)), ["--help"]).output
    assert [verb for verb in VERBS if f" {verb} " not in listed] == []


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(verb: str) -> None:
    explained = CliRunner().invoke(command([verb]), [verb, "--help"])
    assert explained.exit_code == 0
    assert f"Usage: guildhall {verb}" in explained.output


def test_starting_guildhall_imports_nothing_the_other_verbs_need() -> None:
    asked = "import sys; from cli.main import command; command(['up'])"
    loaded = subprocess.run(
        [sys.executable, "-c", f"{asked}; print(*sys.modules)"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert {"cli.up", "typer"} <= set(loaded)
    assert {"cli.api", "cli.import_", "httpx", "defusedxml"} & set(loaded) == set()

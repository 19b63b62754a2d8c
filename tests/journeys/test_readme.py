"""The README's tour works line by line as printed."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from shared.testing import Cluster

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
DEADLINE_SECONDS = 60


def tour(readme: str) -> str:
    """Every command of the README but the one that starts it all."""
    blocks = _BLOCK.findall(readme)
    assert blocks[0] == "make run\n"
    return "".join(blocks[1:])


def test_the_tour_works_as_printed(stack: Cluster, api: httpx.Client) -> None:
    script = tour((ROOT / "README.md").read_text(encoding="utf-8"))
    here = {
        "http://127.0.0.1:8000": str(api.base_url).rstrip("/"),
        ".guildhall": str(stack.home),
        "$PWD/.venv/bin": str(Path(sys.executable).parent),
    }
    for printed, actual in here.items():
        assert printed in script
        script = script.replace(printed, actual)
    environment = stack.variables()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        env=environment,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    refused = re.findall(r'"type":"/problems/[^}]*', done.stdout)
    assert not refused
    told = ['"metric":"mau"', '"metric":"stickiness"', '"k":30', '"handle":"ada"', '"metric":"dau"']
    told += ['"state":"confirmed"', '"taken":1,"free":11', "SUMMARY:A walk by the river"]
    told += ['"title":"Finding the river"', '"metric":"knowledge_freshness"']
    for expected in told:
        assert expected in done.stdout


@pytest.mark.parametrize(
    "link", re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
)
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()

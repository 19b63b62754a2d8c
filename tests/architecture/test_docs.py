"""The pages name what exists: files, decision records, settings, alerts."""

import re
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.architecture.tree import ROOT, SERVICES

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "services").rglob("*.md"),
]
ALERTS = re.findall(
    r"^ +- alert: (\w+)$", (ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"), re.MULTILINE
)
PLACES = ("bench/", "cli/", "deploy/", "docs/", "services/", "shared/", "tests/", ".ci/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = [link.split("#")[0] for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", text)]
    named = [path for path in re.findall(r"`([\w.][\w./-]*)`", text) if path.startswith(PLACES)]
    lost = [link for link in linked if not (page.parent / link).exists()]
    lost += [path for path in named if not (ROOT / path).exists()]
    assert lost == []


@pytest.mark.parametrize("record", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_record_is_short_and_names_the_test_that_enforces_it(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
    enforced = text.split("## Enforced by")[1]
    assert re.search(r"`tests/[\w/]+\.py`|`pyproject\.toml`", enforced), "names no test"


def test_decision_records_are_numbered_without_gaps() -> None:
    assert [record.name[:4] for record in DECISIONS] == [f"{n:04d}" for n in range(1, len(DECISIONS) + 1)]


def test_the_table_of_settings_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    settings = {name: field for name, field in Settings.model_fields.items() if name != "service_urls"}
    assert written == [(n.upper(), _default(f.default), str(f.description)) for n, f in settings.items()]


def _default(value: object) -> str:
    return "-" if value in (None, "") else f"`{value}`"


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_a_runbook(alert: str) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"\n### {alert}\n" in page


def test_every_service_is_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in SERVICES if name not in picture] == []

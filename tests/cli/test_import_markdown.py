"""`guildhall import markdown`: a directory comes in with its links, and a second run changes nothing."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.report import Report
from cli.sources.markdown import BATCH_FILES, _batches, _files
from shared.testing import Cluster
from tests.cli.conftest import Ran
from tests.cli.real_data import DATA

K8S, DEPS = DATA / "community-k8s", DATA / "kb-django-deps"
needs_documents = pytest.mark.skipif(
    not (K8S.is_dir() and DEPS.is_dir()), reason=f"256 real documents are not in {DATA}"
)
Guildhall = Callable[..., Ran]
Remarks = dict[str, list[str]]


@pytest.fixture
def api(stack: Cluster) -> Iterator[httpx.Client]:
    with stack.client(timeout=30.0) as client:
        yield client


def root_of(api: httpx.Client, slug: str) -> str:
    (row,) = api.get("/v1/communities", params={"slug": slug}).json()["items"]
    return f"/v1/communities/{row['id']}"


def articles(api: httpx.Client, root: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 100}
    while True:
        page = api.get(f"{root}/articles", params=params).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


def counts(report: Path) -> tuple[dict[str, int], Remarks]:
    document = json.loads(report.read_text(encoding="utf-8"))
    remarks: Remarks = {}
    for remark in document.pop("not_understood"):
        remarks.setdefault(remark["where"], []).append(remark["reason"])
    return document, remarks


def test_a_directory_comes_in_and_a_second_run_changes_nothing(
    guildhall: Guildhall, api: httpx.Client, slug: str, tmp_path: Path
) -> None:
    docs, report = tmp_path / "docs", tmp_path / "report.json"
    outside = tmp_path / "secret.md"
    outside.write_text("# Secret", encoding="utf-8")
    files: dict[str, str | bytes] = {
        "README.md": "# Home\n\n[a](sub/a.md) [gone](gone.md)\n",
        "sub/a.md": b"# Caf\xe9\n",
        "sub/b.rst": "B\n=\n\n`home <../README.md>`_\n",
        "sub/x.png": b"\x89PNG\r\n\x1a\n0",
        "empty.md": "",
        ".git/x.md": "# never",
        "notes.txt": "no document",
    }
    for name, content in files.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (docs / "out.md").symlink_to(outside)
    command = ("import", "markdown", docs, "--community", slug, "--create", "--report", report)
    ran = guildhall(*command, "--collection", "Handbook")
    assert ran.returncode == 0, ran.stderr
    document, remarks = counts(report)
    assert document == {"read": 5, "written": 4, "unchanged": 0, "skipped": 2}
    assert remarks == {
        "README.md": ["link leads to nothing imported: gone.md"],
        "sub/a.md": ["it is not UTF-8: read as Latin-1"],
        "empty.md": ["it is empty"],
        "out.md": ["a link that leads out of the directory"],
    }
    root = root_of(api, slug)
    (collection,) = api.get(f"{root}/collections").json()["items"]
    assert {row["title"]: row["collection_id"] for row in articles(api, root)} == dict.fromkeys(
        ("Home", "Café", "B"), collection["id"]
    )
    assert guildhall(*command, "--collection", collection["id"]).returncode == 0
    again, remarks = counts(report)
    assert again == {"read": 5, "written": 0, "unchanged": 4, "skipped": 2}
    assert remarks["README.md"] == ["link leads to nothing imported: gone.md"]

    out = tmp_path / "out"
    ran = guildhall("export", "markdown", "Handbook", "--community", slug, "--to", out)
    assert (ran.returncode, "3 articles" in ran.stdout) == (0, True), ran.stderr
    assert (
        (out / "README.md").read_text(encoding="utf-8").endswith("# Home\n\n[a](sub/a.md) [gone](gone.md)\n")
    )
    assert (out / "sub" / "b.md").is_file()


def test_wrong_usage_and_nothing_to_read_are_said(guildhall: Guildhall, slug: str, tmp_path: Path) -> None:
    empty = guildhall("import", "markdown", tmp_path, "--community", slug, "--create")
    assert (empty.returncode, "has no documents" in empty.stderr) == (1, True)
    file = tmp_path / "a.md"
    file.write_text("# A", encoding="utf-8")
    single = guildhall("import", "markdown", file, "--community", slug, "--create")
    assert (single.returncode, "no directory" in single.stderr) == (1, True)
    other = guildhall("import", "ics", file, "--community", slug, "--name", "x")
    assert (other.returncode, "--name" in other.stderr) == (2, True)
    missing = guildhall("export", "markdown", "None", "--community", slug, "--to", tmp_path / "out")
    assert (missing.returncode, "no collection" in missing.stderr) == (1, True)


@pytest.mark.either_database
def test_files_go_in_batches_that_fit_one_request(tmp_path: Path) -> None:
    for number in range(BATCH_FILES + 1):
        (tmp_path / f"{number:03}.md").write_text("x", encoding="utf-8")
    (tmp_path / "large.md").write_bytes(b"x" * 2_000_001)
    for name in ("y.md", "z.md"):
        (tmp_path / name).write_bytes(b"x" * 1_999_999)
    report = Report()
    sizes = [len(batch) for batch in _batches(tmp_path, list(_files(tmp_path, report)), report)]
    assert (sizes, report.read) == ([BATCH_FILES, 2, 1], BATCH_FILES + 4)
    assert [remark.where for remark in report.not_understood] == ["large.md"]


def imported(
    guildhall: Guildhall, api: httpx.Client, slug: str, source: Path, report: Path
) -> tuple[str, list[dict[str, Any]], Remarks]:
    """Everything of a real source, twice."""
    command = ("import", "markdown", source, "--community", slug, "--create", "--report", report)
    ran = guildhall(*command)
    assert ran.returncode == 0, ran.stderr
    first, remarks = counts(report)
    assert (
        first["written"]
        == first["read"]
        == sum(1 for each in source.rglob("*") if each.suffix in (".md", ".rst"))
    )
    root = root_of(api, slug)
    rows = articles(api, root)
    assert guildhall(*command).returncode == 0
    second, again = counts(report)
    assert (second["written"], second["unchanged"]) == (0, first["written"])
    assert {row["id"]: row["version"] for row in articles(api, root)} == {
        row["id"]: row["version"] for row in rows
    }
    assert again == remarks
    return root, rows, remarks


LINK = re.compile(r'(?:href|src)="([^"]*)"')
NOWHERE = "link leads to nothing imported: "


def links(api: httpx.Client, root: str, rows: list[dict[str, Any]], remarks: Remarks) -> Counter[bool]:
    """How many links within the source lead somewhere, and how many do not and are named in the report."""
    found: Counter[bool] = Counter()
    answered: dict[str, int] = {}
    for row in rows:
        shown = api.get(f"{root}/articles/{row['id']}").json()
        named = {
            note.removeprefix(NOWHERE) for notes in remarks.values() for note in notes if NOWHERE in note
        }
        for link in map(unescape, LINK.findall(shown["html"])):
            if re.match(r"[a-z]+:|#|$", link, re.IGNORECASE):
                continue
            address = link.partition("#")[0]
            if link not in named:
                if address not in answered:
                    answered[address] = api.get(address).status_code
                assert answered[address] == 200, (row["title"], link)
            found[link not in named] += 1
    return found


@needs_documents
@pytest.mark.either_database
def test_the_guides_of_kubernetes_come_in_with_working_links(
    guildhall: Guildhall, api: httpx.Client, slug: str, tmp_path: Path
) -> None:
    root, rows, remarks = imported(guildhall, api, slug, K8S, tmp_path / "report.json")
    assert len(rows) == 224
    found = links(api, root, rows, remarks)
    assert found[True] > 500
    assert found[False] < found[True]


@needs_documents
def test_the_proposals_of_django_come_in_with_their_status(
    guildhall: Guildhall, api: httpx.Client, slug: str, tmp_path: Path
) -> None:
    root, rows, remarks = imported(guildhall, api, slug, DEPS, tmp_path / "report.json")
    assert Counter(row["state"] for row in rows) == {"published": 23, "draft": 7, "deprecated": 2}
    assert {row["title"] for row in rows if row["state"] == "deprecated"} == {
        "DEP 11: Accessibility Team",
        "DEP 0006: Channels",
    }
    assert any("its status Draft" in note for note in remarks["final/0044-clarify-release-process.rst"])
    assert links(api, root, rows, remarks)[True] >= 6

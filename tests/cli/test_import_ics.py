"""`guildhall import ics`: whatever calendars hold, what is understood comes in once, and the rest is said."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.report import Report
from cli.sources.ics import Met, Reading
from shared.testing import Cluster, eventually
from tests.cli.conftest import ROOT, Ran
from tests.cli.real_data import DATA

CALENDARS = DATA / "calendars"
needs_calendars = pytest.mark.skipif(not CALENDARS.is_dir(), reason=f"199 calendars are not in {CALENDARS}")
THEN = "DTSTART:20310301T100000Z"
CUT_OFF = "BEGIN:VEVENT\n"
Guildhall = Callable[..., Ran]


def vevent(uid: str, *lines: str) -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:A walk", "DURATION:PT1H", *lines, "END:VEVENT"])


def calendar(*parts: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", *parts, "END:VCALENDAR", ""])


def counts(report: Path) -> tuple[dict[str, int], dict[str, str]]:
    document = json.loads(report.read_text(encoding="utf-8"))
    remarks = {remark["where"]: remark["reason"] for remark in document.pop("not_understood")}
    return document, remarks


def of_community(stack: Cluster, slug: str, what: str = "events") -> list[dict[str, Any]]:
    with stack.client() as client:
        (row,) = client.get("/v1/communities", params={"slug": slug}).json()["items"]
        return list(client.get(f"/v1/communities/{row['id']}/{what}", params={"limit": 100}).json()["items"])


def test_a_directory_comes_in_and_a_second_run_changes_nothing(
    guildhall: Guildhall, stack: Cluster, slug: str, tmp_path: Path
) -> None:
    files = {
        "a.ics": calendar(vevent("one", "DTSTART:20200301T100000"), vevent("two", "DTSTART:20200302T100000")),
        "b.ICS": calendar(vevent("one", "DTSTART:20210301T100000"), "BEGIN:VTODO\nEND:VTODO"),
        "sub/c.ics": "\ufeff" + calendar(vevent("three", THEN), vevent("bad")) + CUT_OFF,
        "d.txt": "no calendar",
        "reply.ics": calendar("METHOD:REPLY", vevent("three", "DTSTART:20310301T100000Z")),
        "empty.ics": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("\n", "\r\n"), encoding="utf-8")
    report = tmp_path / "report.json"
    command = ("import", "ics", tmp_path, "--community", slug, "--create", "--report", report)
    ran = guildhall(*command, "--zone", "Europe/Berlin")
    assert ran.returncode == 0, ran.stderr
    document, remarks = counts(report)
    assert document == {"read": 6, "written": 3, "unchanged": 0, "skipped": 3}
    assert remarks == {
        "b.ICS line 2": "its UID was met before: the first counts",
        "b.ICS line 8": "VTODO is no event",
        "c.ics line 8": "DTSTART is missing",
        "c.ics line 14": "VEVENT: the text ends here, before its END",
        "reply.ics line 3": "METHOD:REPLY: an answer to an invitation is no event",
        "empty.ics line 1": "no calendar: BEGIN:VCALENDAR is missing",
    }
    found = {event["uid"]: event["starts_at"] for event in of_community(stack, slug)}
    assert found["one"] == "2020-03-01T09:00:00Z"
    assert guildhall(*command, "--zone", "Europe/Berlin").returncode == 0
    again, _ = counts(report)
    assert again == {"read": 6, "written": 0, "unchanged": 3, "skipped": 3}


def test_what_is_said_of_an_occurrence_may_stand_before_its_series(
    guildhall: Guildhall, stack: Cluster, slug: str, tmp_path: Path
) -> None:
    weekly = vevent("weekly", "DTSTART:20310303T100000Z", "RRULE:FREQ=WEEKLY;COUNT=4")
    moved = vevent("weekly", "RECURRENCE-ID:20310310T100000Z", "DTSTART:20310311T120000Z")
    others = [vevent(f"e{n}", "DTSTART:20200301T100000Z") for n in range(120)]
    path = tmp_path / "a.ics"
    path.write_text(calendar(moved, *others, weekly), encoding="utf-8")
    ran = guildhall("import", "ics", path, "--community", slug, "--create")
    assert ran.returncode == 0, ran.stderr
    (series,) = of_community(stack, slug, "event-series")
    (event,) = of_community(stack, slug, f"event-series/{series['id']}/occurrences")
    assert (event["recurrence_id"], event["starts_local"]) == ("2031-03-10T10:00:00", "2031-03-11T12:00:00")


def test_wrong_usage_and_nothing_to_read_are_said(guildhall: Guildhall, slug: str, tmp_path: Path) -> None:
    empty = guildhall("import", "ics", tmp_path, "--community", slug, "--create")
    assert (empty.returncode, "has no .ics files" in empty.stderr) == (1, True)
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    other = guildhall("import", "members", tmp_path / "a.csv", "--community", slug, "--zone", "UTC")
    assert (other.returncode, "--zone" in other.stderr) == (2, True)
    (tmp_path / "a.ics").write_text(calendar(vevent("a", "DTSTART:20200301T100000")), encoding="utf-8")
    zone = guildhall("import", "ics", tmp_path, "--community", slug, "--create", "--zone", "Nowhere")
    assert (zone.returncode, "no such time zone" in zone.stderr) == (2, True)


def big(path: Path, megabytes: float) -> int:
    """A calendar of that size; how many events it has."""
    text = "DESCRIPTION:" + "A long description of what we are going to do there. " * 8
    with path.open("w", encoding="utf-8") as file:
        file.write("BEGIN:VCALENDAR\r\n")
        number = 0
        while file.tell() < megabytes * 1_000_000:
            day = f"{2000 + number % 20}{number % 12 + 1:02}{number % 28 + 1:02}"
            file.write(vevent(f"big-{number}", f"DTSTART:{day}T100000Z", text).replace("\n", "\r\n") + "\r\n")
            number += 1
        file.write("END:VCALENDAR\r\n")
    return number


def imports(stack: Cluster, slug: str, path: Path) -> subprocess.Popen[str]:
    given = ["import", "ics", str(path), "--community", slug, "--create"]
    command = [sys.executable, "-m", "cli.main", *given]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=stack.variables(), stdout=pipe, stderr=pipe, text=True)


def test_an_import_that_was_killed_is_completed_by_the_next(
    guildhall: Guildhall, stack: Cluster, slug: str, tmp_path: Path
) -> None:
    path = tmp_path / "big.ics"
    events = big(path, 0.4)
    sql = "SELECT count(*) FROM event WHERE uid LIKE 'big-%' AND community_id = '{}'"

    def begun() -> str:
        with stack.client() as client:
            rows = client.get("/v1/communities", params={"slug": slug}).json()["items"]
        assert rows
        assert stack.rows("events", sql.format(rows[0]["id"]))[0][0] > 0
        return str(rows[0]["id"])

    with imports(stack, slug, path) as running:
        community = eventually(begun, within=20)
        running.send_signal(signal.SIGKILL)
    ran = guildhall("import", "ics", path, "--community", slug)
    assert ran.returncode == 0, ran.stderr
    assert stack.rows("events", sql.format(community)) == [(events,)]


@pytest.mark.either_database
def test_reading_is_fast_and_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.ics"
    events = big(path, 5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    report = Report()
    reading = Reading([path], report, lambda _position: None)
    assert sum(1 for _ in Met().new(reading.events(occurrences=False), report)) == events
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB


@pytest.mark.soak
def test_fifty_megabytes_come_in(stack: Cluster, slug: str, tmp_path: Path) -> None:
    path = tmp_path / "big.ics"
    big(path, 50)
    with imports(stack, slug, path) as running:
        _, errors = running.communicate(timeout=1800)
        assert running.returncode == 0, errors
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 300_000


@pytest.fixture
def community_of(stack: Cluster) -> Iterator[Callable[[str], str]]:
    with stack.client() as client:

        def make(slug: str) -> str:
            made = client.post("/v1/communities", json={"slug": slug, "name": slug, "kind": "other"})
            return str(made.json()["id"])

        yield make


@needs_calendars
def test_every_calendar_there_is_comes_in_with_a_report(
    stack: Cluster, slug: str, community_of: Callable[[str], str]
) -> None:
    community = community_of(slug)
    files = sorted(CALENDARS.rglob("*.ics"))
    assert len(files) == 199
    answers: list[httpx.Response] = []
    with stack.client(timeout=30.0) as client:
        for file in files:
            text = file.read_bytes().decode("utf-8", "replace").replace("\0", "")
            body = {"source": "samples", "calendar": text or " ", "zone": "UTC"}
            answers.append(client.post(f"/v1/communities/{community}/events/import", json=body))
    strange = {
        file.name: answer.text[:200]
        for file, answer in zip(files, answers, strict=True)
        if answer.status_code != 200
        and answer.json()["type"] not in ("/problems/too-many-events", "/problems/unusable-text")
    }
    assert strange == {}
    outcomes = [item["outcome"] for answer in answers if answer.is_success for item in answer.json()["items"]]
    assert outcomes.count("created") > 350


@needs_calendars
@pytest.mark.either_database
def test_all_of_them_come_in_by_the_command(guildhall: Guildhall, slug: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ran = guildhall("import", "ics", CALENDARS, "--community", slug, "--create", "--report", report)
    assert ran.returncode == 0, ran.stderr
    document, remarks = counts(report)
    assert document["read"] > 1000
    assert document["written"] > 700
    assert remarks
    assert os.fspath(CALENDARS) not in report.read_text(encoding="utf-8")
